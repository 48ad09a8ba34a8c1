import { type ApiOptions, ApplicationApi, asksApplication } from './application-api.js';
import { type CommandContext, type CommandDeclaration } from './command.js';
import { reasonOption } from './dead.command.js';
import { filterOf, type FilterOptions, filters } from './page-reader.js';
import { refuseUnboundedCommand } from './scope.js';

interface ReplayOptions extends ApiOptions, FilterOptions {
  readonly reason?: string;
  readonly all?: true;
}

interface ReplayAnswer {
  readonly replayed: number;
  readonly more?: boolean;
}

/** `replay`: sends dead deliveries again. */
export const declareReplay: CommandDeclaration = (program, context) => {
  filters(asksApplication(program.command('replay')))
    .description('sends dead deliveries again: some, those that match, or all; a digest is sent again as a whole')
    .argument('[delivery...]', 'their ids, as `dead` lists them')
    .addOption(reasonOption())
    .option('--all', 'all dead deliveries')
    .action((ids: readonly string[], options: ReplayOptions) => replay(ids, options, context));
};

async function replay(ids: readonly string[], options: ReplayOptions, { variables, print }: CommandContext): Promise<void> {
  const filter = { ...filterOf(options), reason: options.reason };
  refuseUnboundedCommand('a delivery', ids, filter, options.all);
  const body = ids.length === 0 ? filter : { ids };
  const answer = await ApplicationApi.of(options, variables).post<ReplayAnswer>('/dead/replay', ['replayed'], body);
  if (options.json === true) print(`${JSON.stringify(answer, undefined, 2)}\n`);
  else print(`replayed ${answer.replayed} deliveries${answer.more === true ? ' so far; the application goes on' : ''}\n`);
}
