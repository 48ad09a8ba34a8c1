import { type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { HttpAdapterHost } from '@nestjs/core';
import { SLICE_SIZES, SliceGuard } from './slice.guard.js';

const contextOf = (body: unknown): ExecutionContext =>
  ({ switchToHttp: () => ({ getRequest: () => ({ body }) }) }) as unknown as ExecutionContext;

describe('SliceGuard', () => {
  it('G5 a critical notification waits for nobody, whatever stands before it', async () => {
    const guard = new SliceGuard(new HttpAdapterHost());
    const others = Array.from({ length: 3 * SLICE_SIZES.usual }, () => guard.canActivate(contextOf({ priority: 'high' })));
    expect(others.filter((answer) => answer === true)).toHaveLength(SLICE_SIZES.usual);
    expect(guard.canActivate(contextOf({ priority: 'critical' }))).toBe(true);
    for (const other of others) expect(await other).toBe(true);
  });

  it.each([undefined, null, 'critical', [], { priority: 1 }])('takes the body %j as any other', async (body) => {
    const guard = new SliceGuard(new HttpAdapterHost());
    for (let i = 0; i < SLICE_SIZES.usual; i++) expect(guard.canActivate(contextOf(body))).toBe(true);
    expect(await guard.canActivate(contextOf(body))).toBe(true);
  });
});
