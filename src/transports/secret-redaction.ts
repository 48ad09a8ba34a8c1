/**
 * Makes a function that replaces secrets in a receiver's words by `***`, in the forms in which a receiver repeats them: as they are,
 * percent-encoded, and in base64. Empty secrets are ignored.
 */
export function redactionOf(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
    // The longest first, so that no part of one is left.
    .toSorted((one, other) => other.length - one.length);
  return (text) => forms.reduce((redacted, form) => redacted.replaceAll(form, '***'), text);
}
