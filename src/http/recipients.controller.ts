import {
  Body,
  Delete,
  Get,
  Headers,
  HttpCode,
  type OnModuleDestroy,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type PreferencesPatch } from '../model/recipient.js';
import { type ReadFilter } from '../recipients/read-filter.js';
import { type RecipientProfile } from '../recipients/recipient-records.js';
import { RecipientService } from '../recipients/recipient.service.js';
import { type PreferencesChange, type RecipientView, type WaitingView } from '../recipients/recipient-views.js';
import { type ForgetReport } from '../storage/notification-store.js';
import { MuteBody, UnmuteQuery } from './dto/mute.body.js';
import { MERGE_PATCH_TYPE, mergePatchOf, type PatchRequest } from './merge-patch.js';
import { NotificationRoutes } from './notification-routes.decorator.js';
import { BodyTypes } from './request-body.guard.js';

type Shown<T extends { readonly etag: string }> = Omit<T, 'etag'>;

@NotificationRoutes('recipients')
export class RecipientsController implements OnModuleDestroy {
  private readonly stop = new AbortController();

  constructor(
    private readonly recipients: RecipientService,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleDestroy(): void {
    this.stop.abort();
  }

  /** A person with the preferences in effect; its `ETag` is what `If-Match` takes. */
  @Get(':id')
  async find(@Param('id') id: string, @Res({ passthrough: true }) response: object): Promise<Shown<RecipientView>> {
    return this.tagged(response, await this.recipients.find(id));
  }

  /** Stores a person in the built-in directory. */
  @Put(':id')
  async put(
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: object,
  ): Promise<Shown<RecipientView>> {
    // It checks every field.
    const { created } = await this.recipients.put(id, body as RecipientProfile);
    if (created) this.adapterHost.httpAdapter.status(response, 201);
    return this.tagged(response, await this.recipients.find(id));
  }

  /** Changes what a person wants, also for what waits already. */
  @Patch(':id/preferences')
  @BodyTypes('application/json', MERGE_PATCH_TYPE)
  async prefer(
    @Param('id') id: string,
    @Req() request: PatchRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: object,
  ): Promise<Shown<PreferencesChange>> {
    const patch = (await mergePatchOf(request, this.stop.signal)) as PreferencesPatch;
    return this.tagged(response, await this.recipients.prefer(id, patch, ifMatch === undefined ? {} : { ifMatch }));
  }

  /** Nothing but what is critical comes until a time, or nothing at all of a `groupKey`. */
  @Post(':id/mute')
  @HttpCode(200)
  async mute(
    @Param('id') id: string,
    @Body() body: MuteBody,
    @Res({ passthrough: true }) response: object,
  ): Promise<Shown<PreferencesChange>> {
    return this.tagged(response, await this.recipients.mute(id, body));
  }

  /** Ends a mute. */
  @Delete(':id/mute')
  async unmute(
    @Param('id') id: string,
    @Query() query: UnmuteQuery,
    @Res({ passthrough: true }) response: object,
  ): Promise<Shown<PreferencesChange>> {
    return this.tagged(response, await this.recipients.unmute(id, query));
  }

  /** What waits for a person, and why. */
  @Get(':id/waiting')
  async waiting(@Param('id') id: string): Promise<{ readonly items: readonly WaitingView[] }> {
    return { items: await this.recipients.waiting(id) };
  }

  /** Sends what waits for a person now; hours do not apply, because it was asked for. */
  @Post(':id/flush')
  @HttpCode(202)
  async flush(@Param('id') id: string): Promise<{ readonly flushed: number }> {
    return await this.recipients.flush(id);
  }

  /** A person has read something: it leaves every channel on which it still waits. */
  @Post(':id/read')
  @HttpCode(200)
  async read(@Param('id') id: string, @Body() body: unknown): Promise<{ readonly read: number }> {
    // It checks every field.
    return await this.recipients.read(id, body as ReadFilter);
  }

  /** Erases a person. */
  @Delete(':id')
  @HttpCode(202)
  async forget(@Param('id') id: string): Promise<ForgetReport> {
    return await this.recipients.forget(id);
  }

  private tagged<T extends { readonly etag: string }>(response: object, { etag, ...shown }: T): Shown<T> {
    this.adapterHost.httpAdapter.setHeader(response, 'ETag', etag);
    return shown;
  }
}
