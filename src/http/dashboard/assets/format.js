// Figures, times and words as people read them. Everything here is a pure function.

/** With the reader's separators. */
export function number(value, digits = 0) {
  return (value ?? 0).toLocaleString(undefined, { maximumFractionDigits: digits });
}

/** `1 window`, `2 windows`. */
export function countOf(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

export function percent(part, whole) {
  return `${whole === 0 ? 0 : Math.round((part / whole) * 100)} %`;
}

/** `850 ms`, `1.6 s`; `–` for none. */
export function duration(ms) {
  if (ms === undefined) return '–';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${number(ms / 1_000, 1)} s`;
}

/** `40 s`, `12 min`, `3 h`, `2 d`. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function clockTime(at) {
  return new Date(at).toLocaleTimeString();
}

export function dateTime(at) {
  return new Date(at).toLocaleString();
}

/** What an `<input type="datetime-local">` shows. */
export function localInput(at) {
  if (at === undefined || at === '') return '';
  const date = new Date(Number(at));
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** `1.2 GB`. */
export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${number(value / 1_000 ** power, power === 0 ? 0 : 1)} ${units[power]}`;
}
