import { isRecord } from '../model/record.js';
import { TEAMS_NAME, teamsWebhookProblem } from '../transports/teams/teams-webhook.js';
import { option, secretVariable, type SettingsOf, variable } from './setting.js';
import { flag, type ValueReader, wholeNumber } from './value-reader.js';

/** `webhooks` turns Teams on. */
export interface TeamsOptions {
  /**
   * `TEAMS_WEBHOOKS`: name to the URL of a Workflows webhook ("When a Teams webhook request is received"), as JSON in the variable. A notification's
   * `to` is the name: callers never hold a URL, which is a secret. Defaults to none: the channel is not registered.
   */
  readonly webhooks?: Readonly<Record<string, string>> | undefined;
  /** Permits `http:` and hosts other than those of Workflows, private addresses included: for tests and gateways. Defaults to false. No variable. */
  readonly allowPrivate?: boolean | undefined;
  /** `TEAMS_TIMEOUT_MS`: longest time for one call until its status is there, 100..60000 ms. Defaults to 15 000. */
  readonly timeoutMs?: number | undefined;
}

const webhooks: ValueReader<Readonly<Record<string, string>>> = (value, place) => {
  const given = typeof value === 'string' ? parsed(value) : value;
  if (!isRecord(given)) return place.refuse(value, 'an object of URLs by name, as JSON: {"ops": "https://…"}');
  const read: Record<string, string> = {};
  for (const [name, url] of Object.entries(given)) {
    if (!TEAMS_NAME.test(name))
      place.refuse(value, `an object whose names match ${TEAMS_NAME.source}; ${JSON.stringify(name)} does not`);
    else if (typeof url !== 'string') place.at(`.${name}`).refuse(url, 'a URL');
    else read[name] = url;
  }
  return read;
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const TEAMS_SETTINGS = {
  webhooks: secretVariable<Readonly<Record<string, string>>>('TEAMS_WEBHOOKS', webhooks, {}),
  allowPrivate: option(flag(), false),
  timeoutMs: variable('TEAMS_TIMEOUT_MS', wholeNumber(100, 60_000), 15_000),
} satisfies SettingsOf<TeamsOptions>;

/** The URL of each webhook can be checked once all options are known. @param problems one line for each wrong URL is added */
export function checkTeamsWebhooks(
  teams: { readonly webhooks: Readonly<Record<string, string>>; readonly allowPrivate: boolean },
  problems: string[],
): void {
  for (const [name, url] of Object.entries(teams.webhooks)) {
    const allowed = teamsWebhookProblem(url, teams.allowPrivate);
    if (allowed !== undefined) problems.push(`TEAMS_WEBHOOKS.${name}: got a value that is not shown; it must be ${allowed}`);
  }
}
