import { html, type Html } from '../formatting/email/html.js';

/** How the mailbox looks: as the dashboard does, in two panes, and in one where there is no room. */
export const MAILBOX_STYLE: Html = html`
  :root { --edge: light-dark(#d0d5dd, #343b46); --quiet: light-dark(#4b5563, #a9b1be); --ink: light-dark(#1d4ed8, #93b4ff);
  --panel: light-dark(#fff, #1b2027); --hover: light-dark(#eef2fb, #232a34); color-scheme: light dark; font: 0.95rem/1.45
  system-ui, sans-serif; } * { box-sizing: border-box; } body { margin: 0 auto; padding: 0 1rem 1rem; max-width: 90rem;
  background: light-dark(#f6f7f9, #12161b); color: light-dark(#14181f, #e8ebf0); } a { color: var(--ink); } h1, h2, p, ol, dl, dd
  { margin: 0; } h1 { font-size: 1.15rem; } h2 { font-size: 1.2rem; overflow-wrap: anywhere; } header { display: flex; flex-wrap:
  wrap; gap: 0.4rem 1rem; align-items: center; padding: 0.6rem 0; margin-bottom: 0.75rem; border-bottom: 1px solid var(--edge); }
  nav { display: flex; flex-wrap: wrap; gap: 0.15rem; } nav a { padding: 0.25rem 0.6rem; border: 1px solid transparent;
  border-radius: 6px; color: inherit; text-decoration: none; } nav a:hover, ol a:hover { background: var(--hover); } nav
  a[aria-current] { background: var(--panel); border-color: var(--edge); font-weight: 600; } main { display: grid; gap: 0.75rem;
  min-width: 0; } form { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: end; } label { display: grid;
  font-size: 0.85rem; color: var(--quiet); min-width: 0; } input, button { font: inherit; font-size: 0.9rem; min-height: 1.9rem;
  padding: 0.25rem 0.6rem; max-width: 100%; border: 1px solid #7b8494; border-radius: 6px; background: var(--panel); color:
  inherit; } input { width: 22rem; } button { color: var(--ink); cursor: pointer; } form a { padding: 0.25rem 0; min-height:
  1.9rem; } :focus-visible { outline: 3px solid var(--ink); outline-offset: 1px; } .quiet { color: var(--quiet); font-size:
  0.85rem; } .panes { display: grid; grid-template-columns: minmax(18rem, 1fr) minmax(0, 2.4fr); gap: 0.75rem; align-items: start;
  } .list { display: grid; gap: 0.5rem; min-width: 0; } ol { list-style: none; padding: 0; max-height: calc(100vh - 11rem);
  overflow-y: auto; background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; } li + li { border-top: 1px solid
  var(--edge); } ol a { display: grid; padding: 0.5rem 0.75rem; color: inherit; text-decoration: none; overflow-wrap: anywhere;
  border-left: 4px solid transparent; } article { display: grid; gap: 0.6rem; min-width: 0; padding: 0.75rem 0.9rem; background:
  var(--panel); border: 1px solid var(--edge); border-radius: 8px; } dl { display: grid; grid-template-columns: max-content
  minmax(0, 1fr); gap: 0.15rem 1rem; font-size: 0.9rem; } dt { color: var(--quiet); } dd, pre { overflow-wrap: anywhere; } pre {
  margin: 0; white-space: pre-wrap; padding: 0.5rem; border: 1px solid var(--edge); border-radius: 6px; } iframe { width: 100%;
  height: calc(100vh - 20rem); min-height: 22rem; border: 1px solid var(--edge); border-radius: 6px; } summary { cursor: pointer;
  padding: 0.2rem 0; } details[open] > summary { font-weight: 600; } .back { display: none; } /* The mail that the address names
  is shown, or else the first one. */ article { display: none; } article:target, .mails:not(:has(:target)) article:first-child {
  display: grid; } .panes:not(:has(article:target)) li:first-child a { background: var(--hover); border-left-color: var(--ink); }
  @media (max-width: 720px) { .panes { grid-template-columns: minmax(0, 1fr); } ol { max-height: none; }
  .panes:has(article:target) .list, .mails:not(:has(:target)) article:first-child { display: none; } .back { display: block; } dl
  { grid-template-columns: minmax(0, 1fr); } }
`;
