/** The style sheet of the page, from 320 px, in the reader's light or dark scheme. Its hash stands in the page's policy. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #767676; --main: #1a5fb4; --on-main: #fff; --notice: #e8f1fb; }
@media (prefers-color-scheme: dark) { :root { --main: #8ab8f0; --on-main: #10131a; --notice: #1c2733; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0; }
p { margin: .75rem 0; }
form { margin: 1rem 0; }
fieldset { margin: 0; padding: .25rem 1rem; border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
legend { padding: 0 .25rem; font-weight: 600; }
.switch { display: flex; gap: .75rem; align-items: center; min-height: 44px; }
.switch input { flex: none; width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--main); }
small { display: block; font-size: .875rem; }
select { display: block; width: 100%; min-height: 44px; margin-top: .25rem; padding: .25rem .5rem; font: inherit; border: 1px solid var(--line); border-radius: 8px; }
label[for] { font-weight: 600; }
button { min-height: 44px; width: 100%; padding: .5rem 1rem; font: inherit; font-weight: 600; border: 1px solid var(--main); border-radius: 8px; background: transparent; color: inherit; cursor: pointer; }
button.main { background: var(--main); color: var(--on-main); }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.notice { padding: .25rem 1rem; border-radius: 8px; background: var(--notice); }
`;
