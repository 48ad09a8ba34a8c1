import { type Choice, type Frequency, type Hours, type Preferences, type TenantChoices } from '../model/recipient.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Vienna in winter. */
const OFFSET_MS = HOUR_MS;
const RULE_MS = 5 * MINUTE_MS;

export interface Said {
  readonly title: string;
  readonly type: string;
  readonly channel: string;
  readonly groupKey?: string;
  readonly critical?: boolean;
  readonly afterMs?: number;
  readonly unless?: 'read';
}

interface Waiting extends Said {
  /** When it was accepted, epoch ms. */
  readonly at: number;
}

interface ReferenceWindow {
  readonly key: string;
  readonly channel: string;
  readonly openedAt: number;
  readonly floor: number;
  due: number;
  entries: Waiting[];
}

interface Decided {
  readonly frequency: Frequency;
  readonly together: string | undefined;
}

/**
 * What a recipient in Vienna gets and when, worked out a second time, slowly and plainly, for whole minutes of a winter in which no clock changes: local time
 * is UTC and an hour, an opening is found minute by minute, and every change looks at everything.
 */
export class RecipientReference {
  readonly sent: (readonly [at: string, titles: string, channel: string])[] = [];
  /** By title and channel: how a delivery stands. */
  readonly states = new Map<string, string>();
  private preferences: Preferences = {};
  private tenant: TenantChoices | undefined;
  private isSuppressed = false;
  private windows: ReferenceWindow[] = [];

  constructor(private readonly required: readonly string[]) {}

  accept(at: number, said: Said): void {
    this.pass(at - 1);
    const entry = { ...said, at };
    const { channel, type, afterMs } = said;
    if (this.isSuppressed && channel === 'email' && !this.required.includes(type)) {
      this.end(entry, 'cancelled/suppressed');
      return;
    }
    const decided = this.decide(said);
    if (typeof decided === 'string') {
      this.end(entry, decided);
      return;
    }
    const { frequency } = decided;
    const floor = afterMs === undefined ? at : at + afterMs;
    if (said.critical === true) {
      this.open(`alone ${said.title}`, entry, at, floor, floor);
      return;
    }
    const wanted = this.wantedAt(frequency, at);
    const due = this.opening(channel, Math.max(wanted, floor));
    const early = this.opening(channel, wanted);
    const isHeld = this.opening(channel, at) > at;
    const isPlain = frequency === 'immediate';
    if (isPlain && due === floor && (floor > at || !isHeld)) {
      this.open(`alone ${said.title}`, entry, at, floor, due);
      return;
    }
    const isLater = !isPlain && frequency === 'default' && early < floor;
    const apart = isLater ? `after ${afterMs ?? 0}` : '';
    const key = [channel, decided.together ?? type, said.groupKey ?? '', apart].join(' | ');
    const found = this.windows.find((window) => window.key === key);
    if (found === undefined || found.due <= at) {
      this.pass(at);
      this.open(key, entry, at, floor, due);
    } else {
      found.entries.push(entry);
      this.states.set(nameOf(entry), 'gathering');
    }
  }

  change(at: number, preferences: Preferences, tenant: TenantChoices | undefined): void {
    this.pass(at);
    this.preferences = preferences;
    this.tenant = tenant;
    for (const window of this.windows) {
      this.cancelWhere(window, (entry) => {
        const decided = this.decide(entry);
        return typeof decided === 'string' ? decided : undefined;
      });
      const dues = window.entries.map((entry) => {
        const decided = this.decide(entry);
        const frequency = typeof decided === 'string' ? 'default' : decided.frequency;
        const wanted = entry.critical === true ? window.openedAt : this.wantedAt(frequency, window.openedAt);
        const planned = Math.max(wanted, window.floor, at);
        return entry.critical === true ? planned : this.opening(window.channel, planned);
      });
      window.due = Math.min(...dues);
    }
    this.pass(at);
  }

  suppress(at: number): void {
    this.pass(at);
    this.isSuppressed = true;
    for (const window of this.windows.filter(({ channel }) => channel === 'email'))
      this.cancelWhere(window, ({ type }) => (this.required.includes(type) ? undefined : 'cancelled/suppressed'));
    this.windows = this.windows.filter(({ entries }) => entries.length > 0);
  }

  read(at: number, groupKey: string | undefined): void {
    this.pass(at - 1);
    for (const window of this.windows) {
      this.cancelWhere(window, (entry) => {
        const comesAnyway = entry.afterMs !== undefined && entry.unless === undefined;
        return comesAnyway || (groupKey !== undefined && entry.groupKey !== groupKey) ? undefined : 'cancelled/read';
      });
    }
    this.windows = this.windows.filter(({ entries }) => entries.length > 0);
    this.pass(at);
  }

  /** Sends what is due up to a time: at its time, or all of it at the end where nothing ran meanwhile. */
  pass(until: number, isAsleep = false): void {
    this.windows = this.windows.filter(({ entries }) => entries.length > 0);
    for (const window of this.windows.filter(({ due }) => due <= until)) {
      const at = isAsleep ? until : window.due;
      this.sent.push([new Date(at).toISOString(), titlesOf(window.entries), window.channel]);
      for (const entry of window.entries) this.states.set(nameOf(entry), 'delivered');
      window.entries = [];
    }
    this.windows = this.windows.filter(({ entries }) => entries.length > 0);
  }

  private open(key: string, entry: Waiting, at: number, floor: number, due: number): void {
    this.windows.push({ key, channel: entry.channel, openedAt: at, floor, due, entries: [entry] });
    this.states.set(nameOf(entry), 'gathering');
    this.pass(at);
  }

  private end(entry: Waiting, state: string): void {
    this.states.set(nameOf(entry), state);
  }

  private cancelWhere(window: ReferenceWindow, stateOf: (entry: Waiting) => string | undefined): void {
    window.entries = window.entries.filter((entry) => {
      const state = stateOf(entry);
      if (state !== undefined) this.end(entry, state);
      return state === undefined;
    });
  }

  private decide({ type, channel, groupKey }: Said): Decided | string {
    const tenant = this.tenant?.choices ?? [];
    const levels: readonly (readonly [string, readonly Choice[]])[] = [
      ['tenant', tenant.filter(({ locked }) => locked === true)],
      ['person', this.preferences.choices ?? []],
      ['tenant', tenant.filter(({ locked }) => locked !== true)],
    ];
    const wanted = [
      (choice: Choice) => choice.type === type && choice.channel === channel,
      (choice: Choice) => choice.type === type && choice.channel === undefined,
      (choice: Choice) => choice.type === undefined && choice.channel === channel,
      (choice: Choice) => choice.type === undefined && choice.channel === undefined,
    ];
    const [found] = levels.flatMap(([from, choices]) =>
      wanted.flatMap((is) => choices.filter(is).map((choice) => ({ from, choice }))),
    );
    const frequency = found?.choice.frequency ?? 'default';
    const together = found?.choice.together === true ? `together ${found.from}` : undefined;
    if (this.required.includes(type))
      return frequency === 'off' ? { frequency: 'default', together: undefined } : { frequency, together };
    if (frequency === 'off') return 'cancelled/preference';
    if (groupKey !== undefined && this.preferences.mutedKeys?.includes(groupKey) === true) return 'cancelled/muted';
    return { frequency, together };
  }

  private wantedAt(frequency: Frequency, at: number): number {
    if (typeof frequency === 'object') return 'windowMs' in frequency ? at + frequency.windowMs : at;
    if (frequency === 'default') return at + RULE_MS;
    if (frequency === 'hourly') return (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
    if (frequency !== 'daily' && frequency !== 'weekly') return at;
    const digestAt = minutesOf(this.preferences.digestAt ?? '09:00');
    for (let time = at + MINUTE_MS; ; time += MINUTE_MS) {
      const { minute, weekday } = localAt(time);
      if (minute === digestAt && (frequency === 'daily' || weekday === (this.preferences.digestOn ?? 1))) return time;
    }
  }

  /** The first minute at or after `at` inside of the hours and after the mute. */
  private opening(channel: string, at: number): number {
    if (channel === 'sse') return at;
    const { hours = [], mutedUntil } = this.preferences;
    let time = Math.max(at, mutedUntil === undefined ? -Infinity : Date.parse(mutedUntil));
    while (hours.length > 0 && !hours.some((one) => isIn(one, time))) time += MINUTE_MS;
    return time;
  }
}

function isIn({ days = [1, 2, 3, 4, 5, 6, 7], from, to }: Hours, at: number): boolean {
  const { minute, weekday } = localAt(at);
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const isToday = days.some((day) => day === weekday);
  if (start < end) return isToday && minute >= start && minute < end;
  const isYesterday = days.some((day) => day === ((weekday + 5) % 7) + 1);
  return (isToday && minute >= start) || (isYesterday && minute < end);
}

function localAt(at: number): { readonly minute: number; readonly weekday: number } {
  const local = at + OFFSET_MS;
  return { minute: Math.floor((local % DAY_MS) / MINUTE_MS), weekday: new Date(local).getUTCDay() || 7 };
}

function minutesOf(time: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

function titlesOf(entries: readonly Waiting[]): string {
  return entries.map(({ title }) => title).join(' ');
}

export function nameOf({ title, channel }: Said): string {
  return `${title} ${channel}`;
}
