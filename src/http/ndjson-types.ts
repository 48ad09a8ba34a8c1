/** https://github.com/ndjson/ndjson-spec, and the names that are registered or in use for the like. */
export const NDJSON_TYPES: readonly string[] = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
