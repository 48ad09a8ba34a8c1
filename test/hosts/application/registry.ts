import { Counter, Registry } from 'prom-client';

/** The application's own metrics. */
export const registry = new Registry();

new Counter({ name: 'host_starts_total', help: 'Starts', registers: [registry] }).inc();
