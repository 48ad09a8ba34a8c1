#!/usr/bin/env node
import './model/node-version.js';
import { isatty } from 'node:tty';
import { runCommandLine } from './cli/command-line.js';
import { declareMigrate } from './cli/migrate.command.js';
import { declareStart } from './cli/start.command.js';
import { declareVapid } from './cli/vapid.command.js';
import { environment } from './config/environment.js';

process.exitCode = await runCommandLine([declareStart, declareMigrate, declareVapid], process.argv.slice(2), {
  variables: environment(),
  input: process.stdin,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  showsProgress: isatty(process.stderr.fd),
});
