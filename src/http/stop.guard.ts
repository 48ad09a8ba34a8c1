import { type IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ShuttingDownError } from '../model/errors.js';
import { ConnectionDrain } from './connection-drain.js';

/** Answers 503 while the application stops (G9). */
@Injectable()
export class StopGuard implements CanActivate {
  constructor(private readonly drain: ConnectionDrain) {}

  canActivate(context: ExecutionContext): boolean {
    // An `EventSource` gives up for good at a 503 (WHATWG HTML §9.2.3): the stream itself cuts the connection instead.
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (!this.drain.stopping || headers.accept?.includes('text/event-stream') === true) return true;
    throw new ShuttingDownError();
  }
}
