import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { type Formatter } from '../formatting/formatter.js';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { NotificationFormatter } from '../formatting/notification-formatter.decorator.js';
import { InvalidConfigurationError } from '../model/errors.js';
import { NotificationTransport, type TransportTarget } from '../transports/notification-transport.decorator.js';
import { type Transport } from '../transports/transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BuiltInChannels } from './built-in-channels.js';

/** Fills the registries: what is built in, and what the host marked with a decorator. */
@Injectable()
export class ExplorerService {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly transports: TransportRegistry,
    private readonly formatters: FormatterRegistry,
    private readonly builtIn: BuiltInChannels,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @throws InvalidConfigurationError for a channel registered twice, or a rule or formatter for one that is not there */
  explore(): void {
    this.builtIn.register(this.transports, this.formatters);
    const replaced = new Set<string>();
    for (const [{ channel, replace }, instance] of this.providersWith<TransportTarget, Transport>(NotificationTransport)) {
      if (typeof instance.send !== 'function') {
        throw new InvalidConfigurationError([`the transport of the channel ${JSON.stringify(channel)} has no method send`]);
      }
      if (replace && replaced.has(channel)) throw twice(channel);
      if (replace) replaced.add(channel);
      this.transports.register(channel, instance, replace);
    }
    for (const [target, instance] of this.providersWith<{ channel: string; type?: string }, Formatter>(NotificationFormatter)) {
      this.formatters.register(target, instance);
      this.requireChannel(target.channel, 'a formatter');
    }
    this.checkAlertAddress();
    this.checkDefaults();
    for (const channel of Object.keys(this.options.perChannel)) this.requireChannel(channel, 'the option perChannel');
    this.options.aggregation.rules.forEach(({ channel }, index) => {
      if (channel !== undefined) this.requireChannel(channel, `AGGREGATION_RULES[${index}]`);
    });
  }

  private checkAlertAddress(): void {
    const { alertTo } = this.options.health;
    if (alertTo === undefined) return;
    this.requireChannel(alertTo.channel, 'HEALTH_ALERT_TO');
    const problem = this.transports.addressProblem(alertTo.channel, alertTo.address);
    if (problem !== undefined)
      throw new InvalidConfigurationError([`HEALTH_ALERT_TO: got ${JSON.stringify(alertTo.address)}; the address ${problem}`]);
  }

  private checkDefaults(): void {
    const { channel, to } = this.options.defaults;
    if (channel === undefined) return;
    this.requireChannel(channel, 'NOTIFICATIONS_DEFAULT_CHANNEL');
    const problem = to === undefined ? undefined : this.transports.addressProblem(channel, to);
    if (problem !== undefined)
      throw new InvalidConfigurationError([`NOTIFICATIONS_DEFAULT_TO: got ${JSON.stringify(to)}; it ${problem}`]);
  }

  private requireChannel(channel: string, what: string): void {
    if (this.transports.get(channel) !== undefined) return;
    throw new InvalidConfigurationError([
      `${what} names the channel ${JSON.stringify(channel)}; registered are ${this.transports.channels().join(', ')}${this.hintFor(channel)}`,
    ]);
  }

  private hintFor(channel: string): string {
    const missing = this.transports.missingFor(channel);
    return missing === undefined ? '' : `; to use ${JSON.stringify(channel)}, ${missing}`;
  }

  /** Providers that carry a decorator, with what it was given. An overridden provider keeps only its token. */
  private providersWith<Value, Instance>(decorator: { readonly KEY: string }): (readonly [Value, Instance])[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const instance: unknown = wrapper.instance;
      if (typeof instance !== 'object' || instance === null) return [];
      for (const holder of [wrapper.metatype, wrapper.token, instance.constructor]) {
        if (typeof holder !== 'function') continue;
        const value: unknown = Reflect.getMetadata(decorator.KEY, holder);
        if (value !== undefined) return [[value as Value, instance as Instance] as const];
      }
      return [];
    });
  }
}

function twice(channel: string): InvalidConfigurationError {
  return new InvalidConfigurationError([`the channel ${JSON.stringify(channel)} is replaced twice`]);
}
