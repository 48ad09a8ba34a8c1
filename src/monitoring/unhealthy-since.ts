import { iso } from '../storage/stored-views.js';
import { type HealthEntry } from './health-indicators.js';

/** Remembers since when parts of the health are unhealthy, from one report to the next. */
export class UnhealthySince {
  private readonly since = new Map<string, string>();

  /** The entry with the time of the first report that found the part unhealthy, or with its own. @param now epoch ms */
  stamp<Entry extends HealthEntry>(part: string, entry: Entry, now: number): Entry {
    if (entry.status === 'ok') {
      this.since.delete(part);
      return entry;
    }
    const since = entry.since ?? this.since.get(part) ?? iso(now);
    this.since.set(part, since);
    return { ...entry, since };
  }

  /** Forgets the parts that are not reported any more. */
  keepOnly(parts: ReadonlySet<string>): void {
    for (const part of this.since.keys()) if (!parts.has(part)) this.since.delete(part);
  }
}
