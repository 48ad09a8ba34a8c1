import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RequestSlices } from './request-slices.js';

/** About 2 ms of work; `npm run bench -- clients` shows what more and fewer do. */
export const REQUESTS_PER_TURN = 16;

/** Bounds what requests do in one turn of the event loop. A critical notification waits for nobody (G5). */
@Injectable()
export class SliceGuard implements CanActivate {
  private readonly slices = new RequestSlices(REQUESTS_PER_TURN);

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { body } = context.switchToHttp().getRequest<{ readonly body?: unknown }>();
    if (typeof body === 'object' && body !== null && 'priority' in body && body.priority === 'critical') return true;
    const turn = this.slices.turn();
    return turn === undefined ? true : turn.then(() => true);
  }
}
