import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Digits that a double holds exactly. */
const DECIMAL = /^\d{1,15}$/;

/** A whole number of a query, in plain decimal: `0x10`, `1e2`, `+5` and ` 5` are none. */
export function Decimal(least: number, most: number): PropertyDecorator {
  const message = `$property must be a whole number in plain decimal, ${least}..${most}`;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value)),
    IsInt({ message }),
    Min(least, { message }),
    Max(most, { message }),
  );
}
