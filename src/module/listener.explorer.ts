import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { InvalidConfigurationError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { namesOf } from './on-notification.decorator.js';

type Method = (event: unknown) => unknown;

/** Subscribes the methods that are marked with `OnNotification`. */
@Injectable()
export class ListenerExplorer {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly events: NotificationEvents,
  ) {}

  /** @throws InvalidConfigurationError for a marked method of a provider of request scope */
  explore(): void {
    // One object may stand under several tokens.
    const seen = new Set<object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (!wrapper.isDependencyTreeStatic()) {
        refuse(wrapper.metatype, this.scanner);
        continue;
      }
      const instance: unknown = wrapper.instance;
      if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
      seen.add(instance);
      this.subscribe(instance);
    }
  }

  private subscribe(instance: object): void {
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const key of this.scanner.getAllMethodNames(prototype)) {
      const method: unknown = (prototype as Readonly<Record<string, unknown>>)[key];
      if (typeof method !== 'function') continue;
      for (const name of namesOf(method)) {
        const listener = (event: unknown): unknown => (method as Method).call(instance, event);
        this.events.on(name, listener, `${instance.constructor.name}.${key}`);
      }
    }
  }
}

function refuse(holder: unknown, scanner: MetadataScanner): void {
  const prototype: unknown = typeof holder === 'function' ? holder.prototype : undefined;
  if (typeof holder !== 'function' || typeof prototype !== 'object' || prototype === null) return;
  for (const key of scanner.getAllMethodNames(prototype)) {
    const method: unknown = (prototype as Readonly<Record<string, unknown>>)[key];
    if (typeof method !== 'function' || namesOf(method).length === 0) continue;
    const where = `${holder.name}.${key}`;
    throw new InvalidConfigurationError([
      `${where} is marked with @OnNotification, but its provider is not a singleton: there is no instance to call`,
    ]);
  }
}
