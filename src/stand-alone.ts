import 'reflect-metadata';
import { isatty } from 'node:tty';
import { Logger } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { environment } from './config/environment.js';
import { type Variables } from './config/read-settings.js';
import { resolveStandAlone } from './config/stand-alone.js';
import { APPLICATION_OPTIONS, configureApplication } from './http/application.js';
import { serveOpenApi } from './http/openapi.js';
import { StandAloneLogger } from './module/stand-alone.logger.js';

/**
 * Starts the stand-alone application.
 *
 * @param own variables that win over those of the environment and of `.env`
 * @throws InvalidConfigurationError and what opening the store and listening throw
 */
export async function startStandAlone(own: Variables = {}): Promise<void> {
  // Adds what `.env` says to the environment, where a variable of the process wins; `ConfigService` is there for everybody.
  const configuration = await ConfigModule.forRoot({ isGlobal: true });
  const settings = resolveStandAlone({ ...environment(), ...own });
  const { host, port, options } = settings;
  const { http, email } = options;
  const prefix = http === false ? '' : http.prefix;
  const apiToken = http === false ? undefined : http.apiToken;

  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register({}, [configuration]), {
    ...APPLICATION_OPTIONS,
    logger: new StandAloneLogger(settings, isatty(process.stdout.fd) && (environment()['NO_COLOR'] ?? '') === ''),
  });
  configureApplication(app);
  const describesRoutes = await serveOpenApi(app, prefix, apiToken);
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw error;
  }

  const base = `${await app.getUrl()}/${prefix}`;
  const lines = [
    `Listening. Send to POST ${base}`,
    `dashboard: ${base}/dashboard`,
    ...(email.smtpUrl === undefined && email.mailbox ? [`mailbox:   ${base}/mailbox`] : []),
    ...(describesRoutes ? [`docs:      ${base}/docs`] : []),
    `health:    ${base}/health`,
  ];
  new Logger('NotificationModule').log(lines.join('\n  '));
}
