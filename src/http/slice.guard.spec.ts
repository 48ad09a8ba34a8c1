import { type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { REQUESTS_PER_TURN, SliceGuard } from './slice.guard.js';

const contextOf = (body: unknown): ExecutionContext =>
  ({ switchToHttp: () => ({ getRequest: () => ({ body }) }) }) as unknown as ExecutionContext;

describe('SliceGuard', () => {
  it('G5 a critical notification waits for nobody, whatever stands before it', async () => {
    const guard = new SliceGuard();
    const others = Array.from({ length: 3 * REQUESTS_PER_TURN }, () => guard.canActivate(contextOf({ priority: 'high' })));
    expect(others.filter((answer) => answer === true)).toHaveLength(REQUESTS_PER_TURN);
    expect(guard.canActivate(contextOf({ priority: 'critical' }))).toBe(true);
    for (const other of others) expect(await other).toBe(true);
  });

  it.each([undefined, null, 'critical', [], { priority: 1 }])('takes the body %j as any other', async (body) => {
    const guard = new SliceGuard();
    for (let i = 0; i < REQUESTS_PER_TURN; i++) expect(guard.canActivate(contextOf(body))).toBe(true);
    expect(await guard.canActivate(contextOf(body))).toBe(true);
  });
});
