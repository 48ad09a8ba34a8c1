import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { environment } from './config/environment.js';
import { type HttpOptions } from './config/http-options.js';
import { type NotificationModuleOptions } from './config/options.js';
import { hostsOfLoopback } from './config/stand-alone.js';
import { STAND_ALONE } from './http/stand-alone.token.js';
import { NotificationModule } from './notification.module.js';

/** The stand-alone application: a host like any other, with nothing of its own but the routes. */
@Module({})
export class AppModule {
  /**
   * @param options win over the environment
   * @param imports modules of the process, such as the one that read `.env`
   */
  static register(options: NotificationModuleOptions = {}, imports: readonly DynamicModule[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ...imports,
        ScheduleModule.forRoot(),
        NotificationModule.forRoot({ recipients: {}, ...options, http: withHosts(options.http) }),
      ],
      providers: [{ provide: STAND_ALONE, useValue: true }],
    };
  }
}

/** Without a token the application listens only on loopback, and serves no other name: a name may be rebound to this machine. */
function withHosts(http: boolean | HttpOptions = true): boolean | HttpOptions {
  const given = typeof http === 'object' ? http : {};
  const variables = environment();
  const apiToken = given.apiToken ?? variables['API_TOKEN'] ?? '';
  return http === false || apiToken !== '' ? http : { ...given, hosts: given.hosts ?? hostsOfLoopback(variables['HOST']) };
}
