import { Option } from 'commander';
import { FAILURE_REASONS } from '../model/failure.js';
import { type DeliveryView } from '../model/delivery.js';
import type { Page } from '../storage/notification-store.js';
import type { DeadGroupsView } from '../monitoring/dead-letters.service.js';
import { type ApiOptions, ApplicationApi, asksApplication } from './application-api.js';
import { type CommandContext, type CommandDeclaration, UsageError } from './command.js';
import { filterOf, type FilterOptions, filters, limits, readPages } from './page-reader.js';
import { tableOf } from './table.js';

interface DeadOptions extends ApiOptions, FilterOptions {
  readonly reason?: string;
  readonly groups?: true;
  readonly dismissed?: true;
  readonly limit: number;
}

/** `--reason`, one of the closed set. */
export function reasonOption(): Option {
  return new Option('--reason <reason>', 'only what failed for this reason').choices(FAILURE_REASONS);
}

/** `dead`: what could not be delivered. */
export const declareDead: CommandDeclaration = (program, context) => {
  limits(filters(asksApplication(program.command('dead'))))
    .description('lists dead deliveries, newest first, with the reason')
    .addOption(reasonOption())
    .option('--groups', 'those that failed alike on one line')
    .option('--dismissed', 'those too that were dismissed')
    .action((options: DeadOptions) => dead(options, context));
};

async function dead(options: DeadOptions, context: CommandContext): Promise<void> {
  const api = ApplicationApi.of(options, context.variables);
  const query = { ...filterOf(options), reason: options.reason };
  if (options.groups === true) {
    if (options.dismissed === true) throw new UsageError('--dismissed does not go with --groups');
    printGroups(await api.get<DeadGroupsView>('/dead/groups', ['items'], query), options, context);
    return;
  }
  const deadQuery = { ...query, dismissed: options.dismissed };
  const page = await readPages(
    (part) => api.get<Page<DeliveryView>>('/dead', ['items'], { ...deadQuery, ...part }),
    options.limit,
  );
  if (options.json === true) {
    context.print(`${JSON.stringify(page.items, undefined, 2)}\n`);
    return;
  }
  const rows = page.items.map(({ id, channel, to, type, reason, updatedAt, lastError }) => [
    id,
    channel,
    to,
    type,
    reason,
    updatedAt,
    lastError?.message,
  ]);
  const headings = ['DELIVERY', 'CHANNEL', 'ADDRESS', 'TYPE', 'REASON', 'ENDED', 'LAST ERROR'];
  context.print(rows.length === 0 ? 'no dead deliveries\n' : tableOf(headings, rows));
  if (!page.isWhole) context.print('and more: give --limit\n');
}

function printGroups(view: DeadGroupsView, { json, limit }: DeadOptions, { print }: CommandContext): void {
  if (json === true) {
    print(`${JSON.stringify(view, undefined, 2)}\n`);
    return;
  }
  const rows = view.items
    .slice(0, limit)
    .map(({ channel, reason, message, count, addresses, lastAt, sampleId }) => [
      count,
      addresses,
      channel,
      reason,
      lastAt,
      sampleId,
      message,
    ]);
  const headings = ['COUNT', 'ADDRESSES', 'CHANNEL', 'REASON', 'LAST', 'ONE OF THEM', 'MESSAGE'];
  print(rows.length === 0 ? 'no dead deliveries\n' : tableOf(headings, rows));
  if (view.items.length > limit) print('and more: give --limit\n');
}
