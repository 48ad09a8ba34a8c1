import { applyDecorators } from '@nestjs/common';
import { IsOptional, Matches } from 'class-validator';
import { Decimal } from './decimal.decorator.js';
import { MAX_FILTER_CHARACTERS, OptionalText } from './optional-text.decorator.js';

/** How much of a list: 1..200; 50 when absent. */
export function PageLimit(): PropertyDecorator {
  return applyDecorators(IsOptional(), Decimal(1, 200));
}

/** Which part of a list: `next` of the page before. */
export function PageCursor(): PropertyDecorator {
  return applyDecorators(
    OptionalText(MAX_FILTER_CHARACTERS),
    Matches(/^[\w.:=~-]+$/, { message: 'cursor must be "next" of the previous page' }),
  );
}
