import { type IncomingMessage, type Server } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RequestSlices, type SliceSizes } from './request-slices.js';
import { httpAdapterOf } from './http-adapter-of.js';

/**
 * About 8 ms of work, and 1 ms while clients connect. With fewer in a turn too few share the disk's sync, which is felt on a slow disk; with
 * more a turn is long: `npm run bench -- clients`.
 */
export const SLICE_SIZES: SliceSizes = { usual: 64, whileConnecting: 8 };

/** Bounds what requests do in one turn of the event loop. A critical notification waits for nobody (G5). */
@Injectable()
export class SliceGuard implements CanActivate, OnModuleInit {
  private readonly slices = new RequestSlices(SLICE_SIZES);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  onModuleInit(): void {
    const adapter = httpAdapterOf(this.adapterHost);
    const server = adapter?.getHttpServer() as Server | undefined;
    server?.on('connection', () => this.slices.connected());
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { body } = context.switchToHttp().getRequest<IncomingMessage & { readonly body?: unknown }>();
    if (typeof body === 'object' && body !== null && 'priority' in body && body.priority === 'critical') return true;
    const turn = this.slices.turn();
    return turn === undefined ? true : turn.then(() => true);
  }
}
