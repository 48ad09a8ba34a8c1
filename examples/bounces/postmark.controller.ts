import { timingSafeEqual } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Post, UnauthorizedException } from '@nestjs/common';
import { SuppressionService } from '../../src/index.js';
import { type PostmarkEvent, suppressionOf } from './postmark-events.js';

/**
 * Where Postmark reports bounces, complaints and unsubscriptions. It signs nothing: the address of the webhook has a user and a password
 * (https://postmark:SECRET@app.example.com/postmark), which come back as HTTP Basic.
 */
@Controller('postmark')
export class PostmarkController {
  constructor(private readonly suppressions: SuppressionService) {}

  @Post()
  @HttpCode(200)
  async report(@Body() event: PostmarkEvent, @Headers('authorization') authorization?: string): Promise<void> {
    if (!isPostmark(authorization)) throw new UnauthorizedException();
    const request = suppressionOf(event);
    // An error answers 500, and Postmark says it again later: suppressing twice is as good as once.
    if (request !== undefined) await this.suppressions.suppress(request);
  }
}

function isPostmark(authorization = ''): boolean {
  const expected = Buffer.from(
    `Basic ${Buffer.from(`postmark:${process.env['POSTMARK_WEBHOOK_SECRET'] ?? ''}`).toString('base64')}`,
  );
  const given = Buffer.from(authorization);
  return (
    (process.env['POSTMARK_WEBHOOK_SECRET'] ?? '') !== '' && given.length === expected.length && timingSafeEqual(given, expected)
  );
}
