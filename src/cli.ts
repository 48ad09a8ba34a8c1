#!/usr/bin/env node
import './model/node-version.js';
import { MIGRATE_COMMAND } from './cli/migrate.command.js';
import { runCommandLine } from './cli/command-line.js';
import { environment } from './config/environment.js';

process.exitCode = await runCommandLine(
  [MIGRATE_COMMAND],
  process.argv.slice(2),
  { variables: environment(), print: (text) => void process.stdout.write(text) },
  (text) => void process.stderr.write(text),
);
