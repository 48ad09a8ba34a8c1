import { failed, type FailedResult, smtpFailure } from './smtp-failure.js';
import { type SmtpSettings } from './smtp-settings.js';

/** What is read of nodemailer's errors. */
export interface SmtpError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
}

export const NO_AUTH: SmtpError = { code: 'EAUTH', message: 'the server offers no AUTH, and SMTP_URL has credentials for it' };

/** The verdict on a session that could not be opened, which says nothing about the mail that wanted it. */
export function openingFailure(error: SmtpError, settings: SmtpSettings): FailedResult {
  const message = settings.redact(error.message);
  if (error.command === 'STARTTLS' && error.response !== undefined && settings.requiresTls) return withoutTls(message);
  const { code, command, responseCode } = error;
  const response = error.response === undefined ? undefined : settings.redact(error.response);
  const result = smtpFailure({ code, command, responseCode, response, message, contentSent: false });
  return result.kind === 'permanent' ? failed('retry', 'connection_failed', result.failure.message) : result;
}

/** The mail waits until the server offers TLS or the configuration changes; no attempt is consumed. */
function withoutTls(message: string): FailedResult {
  const advice = 'use smtps:, or set SMTP_ALLOW_PLAINTEXT=true (email.allowPlaintext)';
  return failed(
    'channel_unavailable',
    'connection_failed',
    `the server offers no TLS, and credentials are sent only under TLS: ${advice} (${message})`,
  );
}
