import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { type NotificationModuleOptions } from './config/options.js';
import { NotificationModule } from './notification.module.js';

/** The stand-alone application: a host like any other, with nothing of its own but the routes. */
@Module({})
export class AppModule {
  /** @param options win over the environment */
  static register(options: NotificationModuleOptions = {}): DynamicModule {
    return { module: AppModule, imports: [ScheduleModule.forRoot(), NotificationModule.forRoot({ http: true, ...options })] };
  }
}
