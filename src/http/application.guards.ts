import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { firstValueFrom, isObservable } from 'rxjs';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';

/** Asks the guards of the option `http.guards`, one after the other. */
@Injectable()
export class ApplicationGuards implements CanActivate, OnModuleInit {
  private guards: readonly CanActivate[] = [];

  constructor(
    private readonly modules: ModuleRef,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    const given = this.options.http === false ? [] : this.options.http.guards;
    const guards: CanActivate[] = [];
    for (const guard of given) {
      guards.push(typeof guard !== 'function' ? guard : (this.provided(guard) ?? (await this.modules.create(guard))));
    }
    this.guards = guards;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    for (const guard of this.guards) {
      const answer = guard.canActivate(context);
      const passes = isObservable(answer) ? await firstValueFrom(answer) : await answer;
      if (!passes) throw new ForbiddenException('a guard of the application refused this');
    }
    return true;
  }

  /** The host's own instance, which an override of its tests replaces as well. */
  private provided(guard: abstract new (...args: never[]) => CanActivate): CanActivate | undefined {
    try {
      return this.modules.get<CanActivate>(guard, { strict: false });
    } catch {
      return undefined;
    }
  }
}
