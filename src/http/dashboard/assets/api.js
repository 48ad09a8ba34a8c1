// Requests to the routes beside the page. Addresses are relative: they hold under any prefix.

/** @throws Error with what the server says is wrong */
export async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.ok) return response.json();
  if (response.status === 401)
    throw new Error('The API token is missing or wrong: load the page again and give it as the password.');
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? problem.title ?? `the server answered ${response.status}`);
}

/** `?channel=email&q=…`, without what is empty. */
export function search(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
