/**
 * Matches paths of the module's routes, with what follows the prefix as its group. Nest may put a global prefix and a version before the module's
 * own prefix, and does not say which.
 */
export function routesUnder(prefix: string): RegExp {
  const path = prefix.replace(/^\/|\/$/g, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^(?:.*?/)?${path}(/.*)?$`);
}
