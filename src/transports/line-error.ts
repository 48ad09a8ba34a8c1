/** Of a connection that was never made: nothing was sent. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The codes of an error of an HTTP client and of what caused it, the outermost first. By shape: it may be of another realm. */
export function errorCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && typeof cause === 'object' && cause !== null; depth++) {
    if ('code' in cause && typeof cause.code === 'string') codes.push(cause.code);
    cause = 'cause' in cause ? cause.cause : undefined;
  }
  return codes;
}

/** Whether no connection was made, so that the receiver cannot have got anything. */
export function neverConnected(codes: readonly string[]): boolean {
  return codes.some((code) => NEVER_CONNECTED.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT'));
}
