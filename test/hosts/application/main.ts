import 'reflect-metadata';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describeNotificationRoutes } from 'nestjs-digest';
import { AppModule } from './app.module.js';

/** Starts on the adapter that is named, and prints where it listens. */
async function main(adapter: string | undefined): Promise<void> {
  const app: INestApplication =
    adapter === 'fastify'
      ? await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter())
      : await NestFactory.create(AppModule, new ExpressAdapter());
  const document = (): ReturnType<typeof SwaggerModule.createDocument> =>
    describeNotificationRoutes(SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('host').build()));
  SwaggerModule.setup('host/docs', app, document, { ui: false, raw: ['json'] });
  app.useWebSocketAdapter(new WsAdapter(app));
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  console.log(`HOST ${await app.getUrl()}`);
}

void main(process.argv[2]);
