import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { environment } from './config/environment.js';
import { resolveStandAlone } from './config/stand-alone.js';
import { APPLICATION_OPTIONS, configureApplication } from './http/application.js';
import { serveOpenApi } from './http/openapi.js';
import { NotificationError } from './model/errors.js';

/** Starts the stand-alone application. What stops the start is told in one message. */
async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile();
  const { host, port, options } = resolveStandAlone(environment());
  const { http, email } = options;
  const prefix = http === false ? '' : http.prefix;
  const apiToken = http === false ? undefined : http.apiToken;

  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(), APPLICATION_OPTIONS);
  configureApplication(app);
  await serveOpenApi(app, prefix, apiToken);
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  await app.listen(port, host);

  const base = `${await app.getUrl()}/${prefix}`;
  console.log(`Listening. Send to   POST ${base}   (routes and a form to try them: ${base}/docs)`);
  if (email.smtpUrl === undefined) console.log(`Mail goes to the built-in mailbox   ${base}/mailbox   until SMTP_URL is set.`);
  console.log(`Figures: ${base}/stats   Health: ${base}/health`);
}

try {
  await main();
} catch (error) {
  const known = error instanceof NotificationError || (error instanceof Error && 'code' in error);
  console.error(known ? error.message : error);
  process.exit(1);
}
