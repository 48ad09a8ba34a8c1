import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { timestampOf } from '../../model/timestamp.js';

/** Latest time that a JavaScript date knows, epoch ms (ECMA-262 §21.4.1.1). */
const MAX_AT = 8.64e15;
const MESSAGE = {
  message: '$property must be a date (2026-11-20), a date and time with its offset (2026-11-20T09:00:00Z), or epoch milliseconds',
};

/** A time of a query as epoch ms, given as such or in ISO 8601; a date without a time is its start in UTC. */
export function EpochMs(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? epochMsOf(value) : value)),
    IsInt(MESSAGE),
    Min(0, MESSAGE),
    Max(MAX_AT, MESSAGE),
  );
}

/** Text that is none stays what it is, and is refused. */
function epochMsOf(text: string): number | string {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  return timestampOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text) ?? text;
}
