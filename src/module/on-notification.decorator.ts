import { type NotificationEvent, type NotificationEventName } from '../model/notification-events.js';

const NAMES = Symbol('nestjs-digest:on-notification');

/**
 * Marks a method of a provider or a controller as a listener of an event of `NotificationEvents`: `@OnNotification('dead')`. It is called on the
 * instance where the event happens, nobody waits for its promise, and what it throws is logged. May stand several times on one method. Providers of
 * request scope have no instance to call; their methods stop the start.
 *
 * @param name `delivered`, `dead`, `cancelled`, `expired` and `replaced` are emitted once for each delivery
 */
export function OnNotification<Name extends NotificationEventName>(name: Name) {
  return <Listener extends (event: NotificationEvent<Name>) => unknown>(
    _target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<Listener>,
  ): void => {
    const method = descriptor.value;
    if (method !== undefined) Reflect.defineMetadata(NAMES, [...namesOf(method), name], method);
  };
}

/** The events that a method listens to. */
export function namesOf(method: object): readonly NotificationEventName[] {
  return (Reflect.getMetadata(NAMES, method) as readonly NotificationEventName[] | undefined) ?? [];
}
