import { type ValueReader } from './value-reader.js';

/** Where a store is, as `STORE_URL` says. */
export type StoreAddress =
  | { readonly engine: 'sqlite'; readonly path: string }
  /** `schema` is that of the parameter `schema`, which is not part of `url` any more. */
  | { readonly engine: 'postgres'; readonly url: string; readonly schema?: string };

const FORMS = 'sqlite:PATH (sqlite:./data/notifications.db), or postgres://user:password@host:5432/database';

/** Reads an address. `sqlite:///var/x.db` is taken as `sqlite:/var/x.db`. */
export const storeAddress: ValueReader<StoreAddress> = (value, place) => {
  const text = typeof value === 'string' ? value.trim() : '';
  if (/^rediss?:/i.test(text)) return place.refuse(value, `${FORMS}; this release has no store on Redis`);
  if (/^postgres(ql)?:/i.test(text)) {
    return (
      postgresAddress(text) ??
      place.refuse(value, 'postgres://user:password@host:5432/database, special characters percent-encoded')
    );
  }
  const [, path] = /^sqlite:(?:\/\/(?=\/))?((?!\/\/).+)$/.exec(text) ?? [];
  return path === undefined ? place.refuse(value, FORMS) : { engine: 'sqlite', path };
};

function postgresAddress(text: string): StoreAddress | undefined {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:\/\//i.test(text)) return undefined;
  const schema = url.searchParams.get('schema') ?? undefined;
  if (schema === undefined) return { engine: 'postgres', url: text };
  url.searchParams.delete('schema');
  return { engine: 'postgres', url: url.href, schema };
}
