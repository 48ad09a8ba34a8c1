import { type EndedObserver } from '../model/ended-delivery.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { acceptedEvent } from './accepted-event.js';
import { type InstanceDescription, type NotificationStore, type OpenReport } from './notification-store.js';
import { type ClosedWindow } from './store-records.js';

/** What the answer of a method says that others want to know. */
type Observers = {
  readonly [Name in keyof NotificationStore]?: NotificationStore[Name] extends (...args: never[]) => Promise<infer Report>
    ? (events: NotificationEvents, report: Report) => void
    : never;
};

const OBSERVERS: Observers = {
  accept: (events, { closed, expired }) => {
    emitClosed(events, closed);
    if (expired > 0) events.emit('expirations', { count: expired });
  },
  advance: (events, { closed, expired, relayed }) => {
    if (relayed !== undefined) events.emit('accepted', acceptedEvent(relayed.acceptances, relayed.results));
    emitClosed(events, closed);
    if (expired > 0) events.emit('expirations', { count: expired });
  },
  flush: (events, { closed }) => emitClosed(events, closed),
  flushLargest: (events, { closed }) => emitClosed(events, closed),
  applyRules: (events, { closed }) => emitClosed(events, closed),
  replan: (events, { closed }) => emitClosed(events, closed),
  replay: (events, { replayed }) => {
    if (replayed > 0) events.emit('replayed', { count: replayed });
  },
  clearBacklog: (events, { closed, expired }) => {
    emitClosed(events, closed);
    if (expired > 0) events.emit('expirations', { count: expired });
  },
};

/**
 * The same store, whose answers become events: windows that closed, deliveries that expired or were replayed, and from `open` to `close` each
 * delivery that ended, as far as anybody listens. Callers emit nothing themselves, so nothing is counted twice or not at all.
 */
export function observed<Store extends NotificationStore>(store: Store, events: NotificationEvents): Store {
  const observer: EndedObserver = {
    wants: (state) => events.isHeard(state),
    ended: (deliveries) => events.emitEnded(deliveries),
  };
  let stop: (() => void) | undefined;
  const methods = new Map<PropertyKey, unknown>([
    [
      'open',
      async (now: number, instance?: InstanceDescription): Promise<OpenReport> => {
        stop ??= store.onEnded(observer);
        return store.open(now, instance);
      },
    ],
    [
      'close',
      async (): Promise<void> => {
        await store.close();
        stop?.();
        stop = undefined;
      },
    ],
  ]);
  return new Proxy(store, {
    get: (target, name) => {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const emits = (OBSERVERS as Record<PropertyKey, ((events: NotificationEvents, report: unknown) => void) | undefined>)[name];
      const method = async (...args: unknown[]): Promise<unknown> => {
        const report: unknown = await (Reflect.apply(member, target, args) as Promise<unknown>);
        emits?.(events, report);
        return report;
      };
      // What is not observed answers as it is: `onWork` is no promise.
      const bound: unknown = emits === undefined ? member.bind(target) : method;
      methods.set(name, bound);
      return bound;
    },
    // A method that is replaced (a test makes one fail, say) is called as it is.
    set: (target, name, value) => {
      if (typeof value !== 'function') return Reflect.set(target, name, value, target);
      methods.set(name, value);
      return true;
    },
  });
}

function emitClosed(events: NotificationEvents, windows: readonly ClosedWindow[]): void {
  if (windows.length > 0) events.emit('windowsClosed', { windows });
}
