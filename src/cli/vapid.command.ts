import { resolveOptions } from '../config/resolve.js';
import { generateVapidKeys } from '../transports/push/vapid.js';
import { type CommandContext, type CommandDeclaration } from './command.js';

const AFTER_HELP = `
Prints the settings of Web Push as lines of an .env file: nestjs-digest vapid --subject mailto:ops@example.com >> .env
Keep the pair: each subscription is bound to it, and with another one all devices must register again. The private key is a secret.
`;

/** `vapid`: a new pair of keys that identifies an application to push services (RFC 8292). */
export const declareVapid: CommandDeclaration = (program, context) => {
  program
    .command('vapid')
    .description('prints a new pair of keys for Web Push, as lines of an .env file')
    .option('--subject <uri>', 'who operates the application: mailto: and an e-mail address, or an https URL')
    .addHelpText('after', AFTER_HELP)
    .action((options: { readonly subject?: string }) => printKeys(options, context));
};

function printKeys({ subject }: { readonly subject?: string }, { print }: CommandContext): void {
  const { publicKey, privateKey } = generateVapidKeys();
  // Refused as at the start of the application.
  if (subject !== undefined) resolveOptions({ push: { subject, publicKey, privateKey } }, {});
  print(subject === undefined ? '# VAPID_SUBJECT=mailto:ops@example.com\n' : `VAPID_SUBJECT=${subject}\n`);
  print(`VAPID_PUBLIC_KEY=${publicKey}\nVAPID_PRIVATE_KEY=${privateKey}\n`);
}
