import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { NotificationModule } from 'nestjs-digest';
import { NotificationHealthIndicator } from 'nestjs-digest/terminus';
import { NotificationGateway } from 'nestjs-digest/websocket';
import { HostController } from './host.controller.js';
import { Orders } from './orders.js';
import { registry } from './registry.js';

@Module({
  imports: [
    ScheduleModule.forRoot(),
    TerminusModule,
    NotificationModule.forRoot({
      email: { smtpUrl: process.env['SMTP_URL'] },
      http: { apiToken: process.env['API_TOKEN'] },
      metrics: { registry },
    }),
  ],
  controllers: [HostController],
  providers: [Orders, NotificationHealthIndicator, NotificationGateway],
})
export class AppModule {}
