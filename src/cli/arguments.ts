import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestName } from '../config/nearest-name.js';
import { UsageError } from './command.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

const MAX_EDITS = 3;

/** Reads the options of a command. @throws UsageError that names what is wrong, and the option that was probably meant */
export function optionsOf<O extends Options>(args: readonly string[], options: O): Values<O> {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const [unknown] = args.filter((arg) => arg.startsWith('--')).flatMap((arg) => unknownOption(arg, options));
    if (unknown === undefined) throw new UsageError(error instanceof Error ? error.message : String(error));
    const nearest = nearestName(unknown, Object.keys(options), () => MAX_EDITS);
    throw new UsageError(`there is no option --${unknown}${nearest === undefined ? '' : `; did you mean --${nearest}?`}`);
  }
}

function unknownOption(arg: string, options: Options): readonly string[] {
  const [name = ''] = arg.slice(2).split('=');
  return name in options ? [] : [name];
}
