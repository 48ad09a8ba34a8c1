import { type ApiOptions, ApplicationApi, asksApplication } from './application-api.js';
import { type CommandContext, type CommandDeclaration } from './command.js';
import { filterOf, type FilterOptions, filters } from './page-reader.js';
import { refuseUnboundedCommand } from './scope.js';

interface FlushOptions extends ApiOptions, FilterOptions {
  readonly all?: true;
}

interface FlushAnswer {
  readonly flushed: number;
  readonly more?: boolean;
}

/** `flush`: sends windows now. */
export const declareFlush: CommandDeclaration = (program, context) => {
  filters(asksApplication(program.command('flush')))
    .description('sends open windows now: one, those that match, or all')
    .argument('[window]', 'its id, as `windows` lists it')
    .option('--all', 'all windows')
    .action((window: string | undefined, options: FlushOptions) => flush(window, options, context));
};

async function flush(window: string | undefined, options: FlushOptions, { variables, print }: CommandContext): Promise<void> {
  const filter = filterOf(options);
  refuseUnboundedCommand('a window', window === undefined ? [] : [window], filter, options.all);
  const api = ApplicationApi.of(options, variables);
  const answer =
    window === undefined
      ? await api.post<FlushAnswer>('/flush', ['flushed'], filter)
      : await api.post<FlushAnswer>(`/windows/${encodeURIComponent(window)}/flush`, ['flushed'], {});
  if (options.json === true) print(`${JSON.stringify(answer, undefined, 2)}\n`);
  else print(`flushed ${answer.flushed} windows${answer.more === true ? ' so far; the application goes on' : ''}\n`);
}
