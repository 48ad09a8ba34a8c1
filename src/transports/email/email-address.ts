import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1: a path is at most 256 octets with its brackets, a local part 64. */
const MAX_ADDRESS_BYTES = 254;
const MAX_LOCAL_BYTES = 64;
/** RFC 5321 §4.5.3.1.2 and RFC 1035 §2.3.4. */
const MAX_DOMAIN_BYTES = 253;

/** RFC 5322 §3.2.3 `atext`, and everything above ASCII that is visible (RFC 6531 §3.3). */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a1-\u{10ffff}-]+$/u;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const ASCII = /^[\x21-\x7e]*$/;
/** Line and paragraph separators, other spaces, and what has no place in a line of text. */
const INVISIBLE = /[\p{C}\p{Z}]/u;

/**
 * Why an address is not one that mail can be sent to; undefined when it is. Takes the addresses that people have: a dot-atom
 * (or UTF-8, RFC 6531), and a domain (or its IDN form, or an address literal in brackets). Quoted local parts, comments,
 * names and lists are refused, so that nothing in an address can have a meaning in a header or an SMTP command.
 *
 * Takes time linear in the length.
 */
export function emailAddressProblem(address: string): string | undefined {
  if (address.length > MAX_ADDRESS_BYTES || Buffer.byteLength(address) > MAX_ADDRESS_BYTES) {
    return `is longer than ${MAX_ADDRESS_BYTES} bytes`;
  }
  if (INVISIBLE.test(address)) return 'has a space, a line break or a control character in it';
  const at = address.lastIndexOf('@');
  if (at < 0) return 'has no @';
  const problem = localProblem(address.slice(0, at)) ?? domainProblem(address.slice(at + 1));
  if (problem !== undefined) return problem;
  const ascii = wireAddress(address);
  return Buffer.byteLength(ascii) > MAX_ADDRESS_BYTES
    ? `is longer than ${MAX_ADDRESS_BYTES} bytes with its domain in ASCII`
    : undefined;
}

/** The bare address of `ann@example.com` or `Ann <ann@example.com>`. */
export function addressOf(mailbox: string): string {
  const open = mailbox.lastIndexOf('<');
  const close = mailbox.lastIndexOf('>');
  return (open >= 0 && close > open ? mailbox.slice(open + 1, close) : mailbox).trim();
}

/** The display name of `Ann <ann@example.com>`; empty when there is none. */
export function displayNameOf(mailbox: string): string {
  const open = mailbox.lastIndexOf('<');
  if (open < 0) return '';
  const name = mailbox.slice(0, open).trim();
  return name.length > 1 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/**
 * The form in which a valid address is stored and compared: the local part as given, the domain in lower case and in ASCII (RFC 5321 §2.4,
 * RFC 5890 §2.3.2.1).
 */
export function canonicalEmailAddress(address: string): string {
  const domain = domainOf(address);
  const canonical = domain.startsWith('[') ? domain.toLowerCase().replace('[ipv6:', '[IPv6:') : knownDomain(domain).ascii;
  return canonical === '' ? address : `${address.slice(0, -domain.length)}${canonical}`;
}

/** The address as an SMTP server that knows nothing of IDN takes it: its domain in ASCII. */
export function wireAddress(address: string): string {
  if (ASCII.test(address)) return address;
  const domain = domainOf(address);
  const ascii = domain.startsWith('[') ? domain : knownDomain(domain).ascii;
  return ascii === '' ? address : `${address.slice(0, -domain.length)}${ascii}`;
}

function localProblem(local: string): string | undefined {
  if (local === '') return 'has nothing before the @';
  if (Buffer.byteLength(local) > MAX_LOCAL_BYTES) return `has more than ${MAX_LOCAL_BYTES} bytes before the @`;
  if (!LOCAL.test(local)) return 'has a character before the @ that is not allowed there';
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..'))
    return 'has a dot at an end or two in a row before the @';
  return undefined;
}

function domainProblem(domain: string): string | undefined {
  if (domain === '') return 'has nothing after the @';
  if (domain.startsWith('[')) return literalProblem(domain);
  return knownDomain(domain).isValid ? undefined : 'has a domain that is not valid';
}

interface Domain {
  readonly name: string;
  readonly ascii: string;
  readonly isValid: boolean;
}

/** The one asked for last: an address is checked and then written, and many addresses in a row share a domain. */
let last: Domain = { name: '', ascii: '', isValid: false };

function knownDomain(name: string): Domain {
  if (last.name === name) return last;
  const ascii = domainToASCII(name);
  const isValid = ascii !== '' && ascii.length <= MAX_DOMAIN_BYTES && ascii.split('.').every((label) => LABEL.test(label));
  return (last = { name, ascii, isValid });
}

function literalProblem(domain: string): string | undefined {
  const inner = domain.slice(1, -1);
  const valid = domain.endsWith(']') && (isIPv4(inner) || (/^IPv6:/i.test(inner) && isIPv6(inner.slice(5))));
  return valid ? undefined : 'has an address literal that is not valid';
}
