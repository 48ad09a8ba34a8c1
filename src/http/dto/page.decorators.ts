import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { MAX_FILTER_CHARACTERS, OptionalText } from './optional-text.decorator.js';

/** How much of a list: 1..200; 50 when absent. */
export function PageLimit(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Type(() => Number),
    IsInt(),
    Min(1),
    Max(200),
  );
}

/** Which part of a list: `next` of the page before. */
export function PageCursor(): PropertyDecorator {
  return applyDecorators(
    OptionalText(MAX_FILTER_CHARACTERS),
    Matches(/^[\w.:=~-]+$/, { message: 'cursor must be the next of the page before' }),
  );
}
