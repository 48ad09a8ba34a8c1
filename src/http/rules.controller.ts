import { Body, Delete, Get, Put } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { type AggregationRule } from '../config/options.js';
import { NotificationRoutes } from './notification-routes.decorator.js';

interface Rules {
  readonly rules: readonly AggregationRule[];
}

/** The host's aggregation rules, at run time. Open windows keep theirs; see `POST windows/replan`. */
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
    const list = typeof body === 'object' && body !== null && 'rules' in body ? body.rules : body;
    return { rules: await this.aggregation.setRules(list as readonly AggregationRule[]) }; // it checks every field
  }

  /** Goes back to the configured ones. */
  @Delete()
  async reset(): Promise<Rules> {
    return { rules: await this.aggregation.setRules(undefined) };
  }
}
