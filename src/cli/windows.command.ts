import type { Page, WindowView } from '../storage/notification-store.js';
import { type ApiOptions, ApplicationApi, asksApplication } from './application-api.js';
import { type CommandContext, type CommandDeclaration } from './command.js';
import { filterOf, type FilterOptions, filters, limits, readPages } from './page-reader.js';
import { tableOf } from './table.js';

interface WindowsOptions extends ApiOptions, FilterOptions {
  readonly title?: string;
  readonly limit: number;
}

/** `windows`: what is gathering. */
export const declareWindows: CommandDeclaration = (program, context) => {
  limits(filters(asksApplication(program.command('windows'))))
    .description('lists open windows, oldest first')
    .option('--title <text>', 'only with this text in a title')
    .action((options: WindowsOptions) => windows(options, context));
};

async function windows(options: WindowsOptions, { variables, print }: CommandContext): Promise<void> {
  const api = ApplicationApi.of(options, variables);
  const query = { ...filterOf(options), q: options.title };
  const { items, isWhole } = await readPages(
    (page) => api.get<Page<WindowView>>('/windows', ['items'], { ...query, ...page }),
    options.limit,
  );
  if (options.json === true) {
    print(`${JSON.stringify(items, undefined, 2)}\n`);
    return;
  }
  const rows = items.map(({ messageId, channel, address, type, count, dueAt }) => [
    messageId,
    channel,
    address,
    type,
    count,
    dueAt,
  ]);
  print(items.length === 0 ? 'no open windows\n' : tableOf(['WINDOW', 'CHANNEL', 'ADDRESS', 'TYPE', 'COUNT', 'DUE'], rows));
  if (!isWhole) print('and more: give --limit\n');
}
