// The place in the page is in the address: `#/deliveries/ID?state=dead`. Links lead there, and Back works.

const SECTIONS = ['now', 'deliveries', 'messages', 'windows', 'dead', 'recipients', 'channels', 'rules'];

/** @returns the section, an id if there is one, and the fields behind `?` */
export function parseHash(hash) {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [section, ...rest] = path.split('/');
  const id = rest.join('/');
  return {
    section: SECTIONS.includes(section) ? section : 'now',
    id: id === '' ? undefined : decoded(id),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A link within the page. Fields without a value are left out. */
export function to(section, query = {}, id = undefined) {
  const fields = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = fields.length === 0 ? '' : `?${new URLSearchParams(fields)}`;
  return `#/${section}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${search}`;
}

export function go(section, query, id) {
  location.hash = to(section, query, id);
}
