import { Body, Delete, Get, Put } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { type AggregationRule } from '../config/options.js';
import { type FieldError, InvalidRequestError } from '../model/errors.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

interface Rules {
  readonly rules: readonly AggregationRule[];
}

/** The host's aggregation rules, at run time. Open windows keep theirs; see `POST windows/apply-rules`. */
@NotificationRoutes('rules')
export class RulesController {
  constructor(private readonly aggregation: BatchAggregationService) {}

  @Get()
  rules(): Rules {
    return { rules: this.aggregation.getRules() };
  }

  /** Replaces them, durably. The body is a list of rules, or `{ "rules": [...] }`. */
  @Put()
  async replace(@Body() body: unknown): Promise<Rules> {
    return { rules: await this.aggregation.setRules(rulesOf(body)) }; // it checks every field
  }

  /** Goes back to the configured ones. */
  @Delete()
  async reset(): Promise<Rules> {
    return { rules: await this.aggregation.setRules(undefined) };
  }
}

function rulesOf(body: unknown): readonly AggregationRule[] {
  if (Array.isArray(body)) return body as readonly AggregationRule[];
  const { rules, ...others }: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const errors: FieldError[] = Object.keys(others).map((path) => ({ path, message: 'is unknown; allowed is rules' }));
  if (!Array.isArray(rules)) errors.push({ path: 'rules', message: 'must be a list of rules' });
  if (errors.length > 0) throw new InvalidRequestError(errors);
  return rules as readonly AggregationRule[];
}
