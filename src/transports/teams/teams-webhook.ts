/**
 * Hosts of the Workflows trigger "When a Teams webhook request is received": Azure Logic Apps and the Power Platform, and Power Automate for
 * older flows.
 */
const TEAMS_HOSTS: readonly string[] = [
  'logic.azure.com',
  'environment.api.powerplatform.com',
  'api.powerautomate.com',
  'flow.microsoft.com',
];

/** A name by which callers address a webhook. */
export const TEAMS_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/**
 * Returns what the URL of a Workflows webhook must be when this is none; undefined when it is. The sentence does not repeat the URL, which is a secret.
 *
 * @param allowPrivate permits `http:` and every host
 */
export function teamsWebhookProblem(webhook: string, allowPrivate: boolean): string | undefined {
  const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
  if (allowPrivate) {
    return url?.protocol === 'https:' || url?.protocol === 'http:' ? undefined : 'an http(s) URL';
  }
  const known = TEAMS_HOSTS.some((host) => url?.hostname === host || url?.hostname.endsWith(`.${host}`) === true);
  return url?.protocol === 'https:' && known
    ? undefined
    : `an https URL of a Workflows webhook, whose host ends with ${TEAMS_HOSTS.join(', ')}`;
}
