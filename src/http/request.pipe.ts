import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { type FieldError, InvalidRequestError } from '../model/errors.js';

type Constructor = new () => object;

/** Types that stand for "anything" in the metadata of a parameter. */
const PLAIN: ReadonlySet<unknown> = new Set([Object, String, Number, Boolean, Array]);

/**
 * Makes the DTO of a query or a body, or refuses it with every bad field. Nest's own `ValidationPipe` would look for
 * class-validator beside the host's `@nestjs/common`, where it need not be.
 *
 * All DTOs are flat: only known members that are scalars or lists of scalars reach class-transformer, which would read members such as
 * `constructor` of a caller's object, and recurse as deep as the caller nests. A body with objects in it is checked by hand.
 */
@Injectable()
export class RequestPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || PLAIN.has(metatype) || (type !== 'body' && type !== 'query')) return value;
    // No body is an empty one; `null` is not.
    const given = value === undefined ? {} : value;
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new InvalidRequestError([{ path: type, message: 'must be a JSON object' }]);
    }
    const { members, errors } = flatMembers(given, namesOf(metatype as Constructor));
    const dto = plainToInstance(metatype as Constructor, members);
    const refused = new Set(errors.map(({ path }) => path));
    const invalid = validateSync(dto, { forbidUnknownValues: false }).filter(({ property }) => !refused.has(property));
    if (errors.length > 0 || invalid.length > 0) throw new InvalidRequestError([...errors, ...invalid.flatMap(messagesOf)]);
    return dto;
  }
}

/** The members that a DTO knows: those with a rule. */
function namesOf(metatype: Constructor): ReadonlySet<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  return new Set(rules.map(({ propertyName }) => propertyName));
}

function flatMembers(
  given: object,
  names: ReadonlySet<string>,
): { readonly members: Record<string, unknown>; readonly errors: readonly FieldError[] } {
  const members: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    const problem = memberProblem(name, value, names);
    if (problem === undefined) members[name] = value;
    else errors.push({ path: name, message: problem });
  }
  return { members, errors };
}

function memberProblem(name: string, value: unknown, names: ReadonlySet<string>): string | undefined {
  if (!names.has(name))
    return names.size === 0 ? 'is unknown; none is allowed' : `is unknown; allowed are ${[...names].join(', ')}`;
  if (value === null) return 'must not be null; leave it out instead';
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.some((item) => typeof item === 'object') ? 'must not hold an object or a list of lists' : undefined;
}

function messagesOf({ property, constraints = {} }: ValidationError): readonly FieldError[] {
  return [...new Set(Object.values(constraints))].map((message) => ({ path: property, message }));
}
