import { type FailureReason } from '../../model/failure.js';
import { type SendResult } from '../transport.js';

export type FailedResult = Extract<SendResult, { readonly status: 'failed' }>;

/** What Slack, or the line, said to one post. */
export type SlackFault =
  | { readonly kind: 'answered'; readonly error: string; readonly detail?: string; readonly retryAfterMs?: number }
  | { readonly kind: 'status'; readonly status: number; readonly body: string; readonly retryAfterMs?: number }
  /** An answer that is not Slack's: HTML of a proxy or a captive portal, an empty one, a redirect, JSON of another shape. */
  | { readonly kind: 'foreign'; readonly status: number; readonly retryAfterMs?: number }
  /** The beginning of an answer: Slack may have taken the post. */
  | { readonly kind: 'cut' }
  /** No answer. `sent`: Slack may have got the post. */
  | { readonly kind: 'line'; readonly message: string; readonly sent: boolean };

/** What to do about an error of `chat.postMessage` (https://docs.slack.dev/reference/methods/chat.postMessage#errors). */
type Verdict = 'limited' | 'later' | 'uncertain' | 'channel_gone' | 'token' | 'content' | 'thread';

const VERDICTS: Readonly<Record<Verdict, readonly string[]>> = {
  limited: ['ratelimited', 'rate_limited'],
  later: ['service_unavailable', 'team_added_to_org', 'org_login_required'],
  // "Some aspect of the operation may have succeeded"
  uncertain: ['internal_error', 'fatal_error', 'request_timeout'],
  channel_gone: [
    'channel_not_found',
    'not_in_channel',
    'is_archived',
    'channel_is_archived',
    'user_not_found',
    'messages_tab_disabled',
    'team_not_found',
    'no_permission',
    'no_team',
    'ekm_access_denied',
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
    'action_prohibited',
    'slack_connect_canvas_sharing_blocked',
    'slack_connect_file_link_sharing_blocked',
    'slack_connect_clip_sharing_blocked',
    'slack_connect_file_upload_sharing_blocked',
    'slack_connect_lists_sharing_blocked',
    'slack_connect_blocked_file_type',
  ],
  token: [
    'invalid_auth',
    'not_authed',
    'account_inactive',
    'token_revoked',
    'token_expired',
    'missing_scope',
    'not_allowed_token_type',
    'two_factor_setup_required',
    'accesslimited',
    'access_denied',
    'app_access_restricted',
    'invalid_token',
    'no_service',
    // The workspace's quota is used up: nothing goes until it has room again.
    'message_limit_exceeded',
  ],
  content: [
    'invalid_blocks',
    'invalid_blocks_format',
    'msg_blocks_too_long',
    'msg_too_long',
    'no_text',
    'too_many_attachments',
    'attachment_payload_limit_exceeded',
    'invalid_metadata_format',
    'invalid_metadata_schema',
    'metadata_too_large',
    'metadata_must_be_sent_from_app',
    'markdown_text_conflict',
    'invalid_arguments',
    'invalid_arg_name',
    'invalid_payload',
    'duplicate_channel_not_found',
    'duplicate_message_not_found',
  ],
  thread: [
    'cannot_reply_to_message',
    'thread_not_found',
    'restricted_action_thread_locked',
    'restricted_action_non_threadable_channel',
  ],
};

const MAX_CODE_CHARACTERS = 80;

const VERDICT_OF: ReadonlyMap<string, Verdict> = new Map(
  Object.entries(VERDICTS).flatMap(([verdict, codes]) => codes.map((code) => [code, verdict as Verdict] as const)),
);

/** Whether plain text instead of blocks may help. */
export function isContentFault(fault: SlackFault): boolean {
  return fault.kind === 'answered' && VERDICT_OF.get(fault.error) === 'content';
}

/** Whether it may help to post outside of the thread. */
export function isThreadFault(fault: SlackFault): boolean {
  return fault.kind === 'answered' && VERDICT_OF.get(fault.error) === 'thread';
}

/** The verdict on a post that failed. A token that is refused pauses the channel, and no attempt is consumed. */
export function slackFailure(fault: SlackFault): FailedResult {
  switch (fault.kind) {
    case 'line':
      return fault.sent
        ? failed('uncertain', 'uncertain', `no answer came, and Slack may have got the post: ${fault.message}`)
        : failed('retry', 'connection_failed', fault.message);
    case 'foreign':
      return failed('retry', 'temporarily_refused', `the answer with status ${fault.status} is not Slack's`, fault.retryAfterMs);
    case 'cut':
      return failed('uncertain', 'uncertain', 'the answer was cut off, and Slack may have got the post');
    case 'status':
      return ofStatus(fault.status, fault.body, fault.retryAfterMs);
    case 'answered':
      return ofError(fault.error, fault.detail, fault.retryAfterMs);
  }
}

function ofStatus(status: number, body: string, retryAfterMs: number | undefined): FailedResult {
  const known = /^[a-z_]{3,60}$/.exec(body.trim())?.[0];
  if (status === 429) return failed('retry', 'rate_limited', 'Slack answered 429', retryAfterMs);
  if (status >= 500) return failed('retry', 'temporarily_refused', `Slack answered ${status}`, retryAfterMs);
  if (known !== undefined && VERDICT_OF.has(known)) return ofError(known, undefined, retryAfterMs);
  return failed('permanent', 'content_rejected', `Slack answered ${status} ${body.slice(0, 100)}`);
}

function ofError(error: string, detail: string | undefined, retryAfterMs: number | undefined): FailedResult {
  const code = error.slice(0, MAX_CODE_CHARACTERS);
  const said = detail === undefined ? `Slack said ${code}` : `Slack said ${code}: ${detail}`;
  switch (VERDICT_OF.get(error)) {
    case 'limited':
      return failed('retry', 'rate_limited', said, retryAfterMs);
    case 'later':
      return failed('retry', 'temporarily_refused', said, retryAfterMs);
    case 'uncertain':
      return failed('uncertain', 'uncertain', said);
    case 'channel_gone':
    case 'thread':
      return failed('permanent', 'address_rejected', said);
    case 'token':
      return failed('channel_unavailable', 'credentials_rejected', said);
    case 'content':
    case undefined:
      return failed('permanent', 'content_rejected', said);
  }
}

function failed(kind: FailedResult['kind'], reason: FailureReason, message: string, retryAfterMs?: number): FailedResult {
  const line = message.replace(/\s+/g, ' ').slice(0, 500);
  return { status: 'failed', kind, failure: { reason, message: line }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
