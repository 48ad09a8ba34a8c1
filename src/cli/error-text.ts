/** What an error says, whichever realm it is of. */
export function errorText(error: unknown): string {
  return textOf(error) ?? String(error);
}

/** What the system said: a file that cannot be read, a port in use. Undefined for every other error. */
export function systemErrorText(error: unknown): string | undefined {
  return isObject(error) && 'syscall' in error ? textOf(error) : undefined;
}

/** What the network said when `fetch` failed: of the first address, where a name has several. */
export function networkErrorText(error: unknown): string {
  const cause = isObject(error) && 'cause' in error ? error.cause : undefined;
  const errors =
    isObject(cause) && 'errors' in cause && Array.isArray(cause.errors) ? (cause.errors as readonly unknown[]) : [cause];
  return textOf(errors[0]) ?? errorText(error);
}

function textOf(error: unknown): string | undefined {
  return isObject(error) && 'message' in error && typeof error.message === 'string' ? error.message : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
