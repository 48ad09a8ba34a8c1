import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type FieldError, InvalidRequestError } from '../model/errors.js';

type Constructor = new () => object;

/** Types that stand for "anything" in the metadata of a parameter. */
const PLAIN: ReadonlySet<unknown> = new Set([Object, String, Number, Boolean, Array]);

/**
 * Makes the DTO of a query or a body, or refuses it with every bad field. Nest's own `ValidationPipe` would look for
 * class-validator beside the host's `@nestjs/common`, where it need not be.
 */
@Injectable()
export class RequestPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || PLAIN.has(metatype) || (type !== 'body' && type !== 'query')) return value;
    const given = value ?? {};
    if (typeof given !== 'object' || Array.isArray(given)) {
      throw new InvalidRequestError([{ path: type, message: 'must be a JSON object' }]);
    }
    const dto = plainToInstance(metatype as Constructor, given);
    const errors = validateSync(dto, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
    if (errors.length > 0) throw new InvalidRequestError(errors.flatMap((error) => flatten(error, '')));
    return dto;
  }
}

function flatten(error: ValidationError, parent: string): readonly FieldError[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const messages = new Set(Object.values(error.constraints ?? {}));
  const own = [...messages].map((message) => ({ path, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, path))];
}
