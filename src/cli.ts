#!/usr/bin/env node
import './model/node-version.js';
import { isatty } from 'node:tty';
import { runCommandLine } from './cli/command-line.js';
import { COMMANDS } from './cli/commands.js';
import { environment } from './config/environment.js';

for (const stream of [process.stdout, process.stderr]) {
  // Who reads may have seen enough (`| head`): the command ends as it would have, and what it still says is dropped.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCommandLine(COMMANDS, process.argv.slice(2), {
  variables: environment(),
  input: process.stdin,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  showsProgress: isatty(process.stderr.fd),
  interruption: () => {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    return stop.signal;
  },
});
