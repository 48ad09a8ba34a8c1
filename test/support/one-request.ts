/**
 * Headers of a request over its own connection. A connection that was kept open may be closed by the server just when the next request is
 * written to it (Node's `keepAliveTimeout` is 5 s): that request fails with ECONNRESET, on a busy machine above all.
 */
export const ONE_REQUEST = { Connection: 'close' } as const;
