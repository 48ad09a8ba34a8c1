import { type FactoryProvider, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { type HttpOptions } from '../config/http-options.js';
import { type NotificationModuleOptions } from '../config/options.js';
import { InvalidConfigurationError } from '../model/errors.js';

/** Injects the options as the host gave them. */
export const HOST_OPTIONS = Symbol('nestjs-digest:host-options');

/** Options and where the module is visible. */
export interface NotificationModuleRootOptions extends NotificationModuleOptions {
  /** Whether every module can inject the services without importing this one. Defaults to true. */
  readonly isGlobal?: boolean | undefined;
}

/** A provider of the host that works the options out: for `useClass` and `useExisting`. */
export interface NotificationOptionsFactory {
  /** @returns the options, or a promise of them */
  createNotificationOptions(): NotificationModuleOptions | Promise<NotificationModuleOptions>;
}

/** Options that the host's own providers work out, by exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface NotificationModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Providers that are given to `useFactory`, in this order. */
  readonly inject?: FactoryProvider['inject'];
  /** Makes the options, or a promise of them. */
  readonly useFactory?: (...args: never[]) => NotificationModuleOptions | Promise<NotificationModuleOptions>;
  /** A class that the module makes an instance of. */
  readonly useClass?: Type<NotificationOptionsFactory>;
  /** A provider of one of the imported modules, or of a global one. */
  readonly useExisting?: Type<NotificationOptionsFactory> | string | symbol;
  /** Routes are registered before providers exist, so they are configured here; the factory's `http` may add the token. */
  readonly http?: NotificationModuleOptions['http'];
  /** Whether every module can inject the services without importing this one. Defaults to true. */
  readonly isGlobal?: boolean | undefined;
}

/**
 * Providers that make `HOST_OPTIONS`.
 *
 * @throws InvalidConfigurationError unless exactly one of `useFactory`, `useClass` and `useExisting` is given
 */
export function hostOptionsProviders(options: NotificationModuleAsyncOptions): readonly Provider[] {
  const { useFactory, useClass, useExisting, inject = [], http } = options;
  const given = [useFactory, useClass, useExisting].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new InvalidConfigurationError([
      `forRootAsync: got ${given.length} of useFactory, useClass and useExisting; it must be exactly one`,
    ]);
  }
  if (useFactory !== undefined) {
    const make = async (...args: never[]): Promise<NotificationModuleOptions> => mounted(await useFactory(...args), http);
    return [{ provide: HOST_OPTIONS, inject, useFactory: make }];
  }
  const token = useExisting ?? useClass ?? HOST_OPTIONS;
  return [
    ...(useClass === undefined ? [] : [useClass]),
    {
      provide: HOST_OPTIONS,
      inject: [token],
      useFactory: async (factory: NotificationOptionsFactory) => mounted(await factory.createNotificationOptions(), http),
    },
  ];
}

/** What `forRootAsync` says of the routes wins over what the factory says, which cannot mount any. */
function mounted(options: NotificationModuleOptions, http: NotificationModuleOptions['http']): NotificationModuleOptions {
  if (http === undefined || http === false) return { ...options, http: false };
  return { ...options, http: { ...fieldsOf(options.http), ...fieldsOf(http) } };
}

function fieldsOf(http: NotificationModuleOptions['http']): HttpOptions {
  return typeof http === 'object' ? http : {};
}
