/** RFC 3339 §5.6; seconds, and the colon of the offset, may be left out. */
const TIMESTAMP =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?)?(?<offset>Z|[+-](?<offsetHour>\d\d):?(?<offsetMinute>\d\d))$/;
/** The largest time that has a four-digit year. */
const LAST_TIMESTAMP = Date.UTC(9999, 11, 31);

/**
 * The epoch ms of a timestamp in ISO 8601 with its offset; undefined for text that is none, for a date or time that does not exist in
 * the calendar (`2027-02-30`, which `Date.parse` moves to March, and `24:00`), and outside of 1970..9999.
 */
export function timestampOf(text: string): number | undefined {
  const fields = TIMESTAMP.exec(text)?.groups;
  if (fields === undefined) return undefined;
  const number = (name: string): number => Number(fields[name] ?? 0);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  const exists =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    number('hour') <= 23 &&
    number('minute') <= 59 &&
    number('second') <= 59 &&
    number('offsetHour') <= 23 &&
    number('offsetMinute') <= 59;
  if (!exists) return undefined;
  const milliseconds = Number((fields['fraction'] ?? '').padEnd(3, '0').slice(0, 3));
  const local = Date.UTC(year, month - 1, day, number('hour'), number('minute'), number('second'), milliseconds);
  const offsetMs = (number('offsetHour') * 60 + number('offsetMinute')) * 60_000;
  const at = local - (fields['offset']?.startsWith('-') === true ? -offsetMs : offsetMs);
  return at >= 0 && at <= LAST_TIMESTAMP ? at : undefined;
}

/** Whether a time may be used as one: within 1970..9999. */
export function isTimestamp(at: number): boolean {
  return at >= 0 && at <= LAST_TIMESTAMP;
}

/** Day 0 of the next month is the last one of this. Years below 100 would be taken as 19xx, and are before 1970 anyway. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
