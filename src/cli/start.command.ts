import { type CommandDeclaration, FailedCommandError } from './command.js';
import { systemErrorText } from './error-text.js';

const AFTER_HELP = `
The stand-alone application takes everything from the environment and from a file .env in the working directory. Without any of it, it listens on
http://127.0.0.1:3000, keeps its store in ./data/notifications.db, and shows mail in its own mailbox. SIGTERM and Ctrl-C stop it cleanly.
`;

/** `start`: the stand-alone application. */
export const declareStart: CommandDeclaration = (program) => {
  program
    .command('start')
    .description('starts the stand-alone application: routes, dashboard and mailbox')
    .option('--port <port>', 'where it listens; PORT by default, or 3000; 0 takes any port that is free')
    .addHelpText('after', AFTER_HELP)
    .action((options: { readonly port?: string }) => start(options.port));
};

async function start(port: string | undefined): Promise<void> {
  // It loads Nest's HTTP server and all channels, which no other command needs.
  const { startStandAlone } = await import('../stand-alone.js');
  try {
    await startStandAlone(port === undefined ? {} : { PORT: port });
  } catch (error) {
    // The system says what the matter is: the port is in use, a file cannot be written.
    const text = systemErrorText(error);
    throw text === undefined ? error : new FailedCommandError(text);
  }
}
