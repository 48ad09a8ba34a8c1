import { ConsoleLogger } from '@nestjs/common';
import { type StandAloneSettings } from '../config/stand-alone.js';

/** What Nest itself logs at every start: each module, each route. */
const NESTS_OWN: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** The log of the stand-alone application: as `LOG_FORMAT` says, and without Nest's list of modules and routes. */
export class StandAloneLogger extends ConsoleLogger {
  /** @param hasColours whether a person reads along who did not turn colours off (`NO_COLOR`, https://no-color.org) */
  constructor({ logFormat }: Pick<StandAloneSettings, 'logFormat'>, hasColours: boolean) {
    super({ json: logFormat === 'json', colors: logFormat === 'text' && hasColours });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (NESTS_OWN.has(rest.at(-1))) return;
    super.log(message, ...rest);
  }
}
