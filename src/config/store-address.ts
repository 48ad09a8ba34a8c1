import { type ValueReader } from './value-reader.js';

/** Where a store is, as `STORE_URL` says. */
export type StoreAddress =
  | { readonly engine: 'sqlite'; readonly path: string }
  /** `schema` is that of the parameter `schema`, which is not part of `url` any more. */
  | { readonly engine: 'postgres'; readonly url: string; readonly schema?: string }
  /** `prefix` and `acceptLoss` are those of the parameters, which are not part of `url` any more. */
  | { readonly engine: 'redis'; readonly url: string; readonly prefix?: string; readonly acceptLoss?: true };

const FORMS =
  'sqlite:PATH (sqlite:./data/notifications.db), postgres://user:password@host:5432/database, or redis://user:password@host:6379/0';

/** Reads an address. `sqlite:///var/x.db` is taken as `sqlite:/var/x.db`. */
export const storeAddress: ValueReader<StoreAddress> = (value, place) => {
  const text = typeof value === 'string' ? value.trim() : '';
  if (/^rediss?:/i.test(text)) {
    return (
      redisAddress(text) ??
      place.refuse(
        value,
        'redis://user:password@host:6379/0 or rediss:, special characters percent-encoded; prefix is without braces',
      )
    );
  }
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

function redisAddress(text: string): StoreAddress | undefined {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:\/\/[^/]/i.test(text) || !/^(\/\d*)?$/.test(url.pathname)) return undefined;
  const prefix = url.searchParams.get('prefix') ?? undefined;
  const acceptLoss = url.searchParams.get('acceptLoss');
  if (prefix !== undefined && !/^[^{}]+$/.test(prefix)) return undefined;
  if (acceptLoss !== null && acceptLoss !== 'true' && acceptLoss !== 'false') return undefined;
  url.searchParams.delete('prefix');
  url.searchParams.delete('acceptLoss');
  return {
    engine: 'redis',
    url: url.href,
    ...(prefix === undefined ? {} : { prefix }),
    ...(acceptLoss === 'true' ? { acceptLoss: true } : {}),
  };
}
