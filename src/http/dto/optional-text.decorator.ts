import { applyDecorators } from '@nestjs/common';
import { IsOptional, IsString, Length } from 'class-validator';

/** A field that may be left out, and otherwise has 1 to so many characters. */
export function OptionalText(most: number): PropertyDecorator {
  return applyDecorators(IsOptional(), IsString(), Length(1, most));
}

/** Longest channel or type. */
export const MAX_NAME_CHARACTERS = 64;
/** Longest value that a filter takes; an address is the longest of them. */
export const MAX_FILTER_CHARACTERS = 2048;
