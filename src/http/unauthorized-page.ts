/** What the page may do: nothing. */
export const UNAUTHORIZED_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What a person sees who closed the browser's question for the password. */
export const UNAUTHORIZED_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>API token needed</title>
<h1>This page asks for the API token</h1>
<p>Reload the page. When the browser asks, give any user name, and the value of <code>API_TOKEN</code> as the password.</p>
<p>A program sends <code>Authorization: Bearer &lt;API_TOKEN&gt;</code>.</p>
</html>
`;

/** Whether a caller would rather read HTML than JSON (RFC 9110 §12.5.1): a browser that opens a page says so first. */
export function prefersHtml(accept: string | undefined): boolean {
  const html = accept?.indexOf('text/html') ?? -1;
  const json = accept?.indexOf('json') ?? -1;
  return html !== -1 && (json === -1 || html < json);
}
