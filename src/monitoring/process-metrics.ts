import { Counter, Gauge, type Registry } from 'prom-client';
import { type EventLoopDelay } from './event-loop-delay.js';

const MICROSECONDS = 1e6;
const MILLISECONDS = 1e3;

/** Adds the figures of this process: its processor time, and how late its event loop is. */
export function addProcessMetrics(registers: Registry[], delay: EventLoopDelay): void {
  const cpu: Counter<'mode'> = new Counter({
    name: 'nestjs_digest_process_cpu_seconds_total',
    help: 'Processor time of the process',
    labelNames: ['mode'] as const,
    registers,
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc({ mode: 'user' }, user / MICROSECONDS);
      cpu.inc({ mode: 'system' }, system / MICROSECONDS);
    },
  });
  const late: Gauge<'stat'> = new Gauge({
    name: 'nestjs_digest_event_loop_delay_seconds',
    help: 'How late the event loop was, since the start of the module',
    labelNames: ['stat'] as const,
    registers,
    collect: () => {
      const { meanMs, p99Ms, maxMs } = delay.view();
      late.set({ stat: 'mean' }, meanMs / MILLISECONDS);
      late.set({ stat: 'p99' }, p99Ms / MILLISECONDS);
      late.set({ stat: 'max' }, maxMs / MILLISECONDS);
    },
  });
  const longest: Gauge = new Gauge({
    name: 'nestjs_digest_event_loop_longest_delay_seconds',
    help: 'The longest delay of the event loop since the health job looked last',
    registers,
    collect: () => longest.set(delay.longestMs / MILLISECONDS),
  });
}
