import { ConflictException, HttpException, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import {
  IdempotencyConflictError,
  InvalidConfigurationError,
  InvalidNotificationError,
  NotFoundError,
  QueueFullError,
  ShuttingDownError,
} from '../model/errors.js';
import { problemOf, retryAfterSeconds } from './problem.js';

describe('problemOf', () => {
  it('lists every bad field of a notification', () => {
    const errors = [
      { path: 'to.3', message: 'is no e-mail address' },
      { path: 'title', message: 'is missing' },
    ];
    expect(problemOf(new InvalidNotificationError(errors))).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'invalid_notification',
      detail: 'invalid notification: to.3: is no e-mail address; title: is missing',
      errors,
    });
  });

  it.each<readonly [unknown, number, string]>([
    [new NotFoundError('this delivery'), 404, 'not_found'],
    [new IdempotencyConflictError('k'), 422, 'idempotency_conflict'],
    [new QueueFullError(10, 10, 2_500), 429, 'queue_full'],
    [new ShuttingDownError(), 503, 'shutting_down'],
    [new NotFoundException('Cannot GET /x'), 404, 'not_found'],
    [new ConflictException('no'), 409, 'conflict'],
    [new HttpException('slow down', 429), 429, 'too_many_requests'],
    [new HttpException('odd', 418), 418, 'invalid_request'],
    [new ServiceUnavailableException(), 503, 'shutting_down'],
  ])('%p is %d %s', (error, status, code) => expect(problemOf(error)).toMatchObject({ status, code }));

  it('G10 tells nothing of what nobody planned', () => {
    expect(problemOf(new Error('smtp://user:secret@host'))).toBeUndefined();
    expect(problemOf(new InvalidConfigurationError(['secret']))).toBeUndefined();
    expect(problemOf('text')).toBeUndefined();
  });
});

describe('retryAfterSeconds', () => {
  it.each<readonly [unknown, number | undefined]>([
    [new QueueFullError(10, 10, 2_500), 3],
    [new QueueFullError(10, 10, 0), 1],
    [new ShuttingDownError(), 5],
    [new NotFoundError('it'), undefined],
    [new Error('boom'), undefined],
  ])('%p has %p', (error, seconds) => expect(retryAfterSeconds(error)).toBe(seconds));
});
