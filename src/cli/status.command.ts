import type { HealthReport } from '../monitoring/health.service.js';
import type { Statistics } from '../monitoring/statistics.js';
import { type ApiOptions, ApplicationApi, asksApplication } from './application-api.js';
import { type CommandContext, type CommandDeclaration, EXIT_CODES } from './command.js';
import { shown, tableOf } from './table.js';

/** `status`: health, counts and channels. */
export const declareStatus: CommandDeclaration = (program, context) => {
  asksApplication(program.command('status'))
    .description('tells health, counts and channels; the exit code is 1 when the application is unhealthy')
    .action((options: ApiOptions) => status(options, context));
};

async function status(options: ApiOptions, { variables, print, end }: CommandContext): Promise<void> {
  const api = ApplicationApi.of(options, variables);
  const health = await api.health<HealthReport>(['status', 'instance', 'channels']);
  const statistics = await api.get<Statistics>('/stats', ['counts', 'windows', 'channels']);
  print(
    options.json === true
      ? `${JSON.stringify({ health, statistics }, undefined, 2)}\n`
      : `${healthText(health)}\n${countsText(statistics)}\n${channelsText(statistics)}`,
  );
  if (health.status !== 'ok') end(EXIT_CODES.failed);
}

function healthText({ status: overall, instance, shuttingDown, channels, ...parts }: HealthReport): string {
  const ofChannels = Object.entries(channels).map(([name, entry]) => [`channel ${name}`, entry] as const);
  const unwell = [...Object.entries(parts), ...ofChannels].filter(([, entry]) => entry.status !== 'ok');
  const lines = unwell.map(([part, { status: how, detail }]) => `  ${how}: ${shown(part)}: ${shown(detail)}\n`);
  return `${overall === 'ok' ? 'ok' : 'unhealthy'}: instance ${shown(instance)}${shuttingDown ? ', which is shutting down' : ''}\n${lines.join('')}`;
}

function countsText({ counts, windows }: Statistics): string {
  const states = Object.entries(counts.byState);
  const sentence = `${counts.accepted} deliveries, ${counts.pending} of them pending; ${windows.open} open windows with ${windows.items} entries\n`;
  return `${sentence}${tableOf(
    states.map(([state]) => state.toUpperCase()),
    [states.map(([, count]) => count)],
  )}`;
}

function channelsText({ channels }: Statistics): string {
  const rows = Object.entries(channels).map(([name, { state, byState, inFlight, lastFailure }]) => [
    name,
    state,
    byState.gathering + byState.queued + byState.sending,
    inFlight,
    byState.delivered,
    byState.dead,
    lastFailure === undefined ? undefined : `${lastFailure.reason} at ${lastFailure.at}`,
  ]);
  return tableOf(['CHANNEL', 'STATE', 'PENDING', 'BATCHES IN FLIGHT', 'DELIVERED', 'DEAD', 'LAST FAILURE'], rows);
}
