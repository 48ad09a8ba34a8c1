import { InvalidConfigurationError } from '../../model/errors.js';

/** What `INFO` says of a server. */
export class ServerState {
  private readonly fields: ReadonlyMap<string, string>;

  constructor(info: string) {
    this.fields = new Map(
      info.split('\n').flatMap((line) => {
        const end = line.indexOf(':');
        return end < 0 ? [] : [[line.slice(0, end), line.slice(end + 1).trim()] as const];
      }),
    );
  }

  /** @throws InvalidConfigurationError for one that is too old */
  requireVersion(): void {
    const valkey = this.fields.get('valkey_version');
    const version = valkey ?? this.fields.get('redis_version') ?? '';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [least, name] = valkey === undefined ? [[6, 2] as const, 'Redis'] : [[7, 2] as const, 'Valkey'];
    if (major > least[0] || (major === least[0] && minor >= least[1])) return;
    throw new InvalidConfigurationError([
      `STORE_URL (store.url): got ${name} ${version}; it must be ${least.join('.')} or later`,
    ]);
  }

  /** Why what it holds may be lost when it is restarted, or before; one line each. */
  get losses(): readonly string[] {
    const losses: string[] = [];
    if (this.fields.get('aof_enabled') === '0') {
      losses.push(
        'the server writes no append-only file (appendonly no): a restart loses what was accepted since its last snapshot',
      );
    }
    const policy = this.fields.get('maxmemory_policy') ?? 'noeviction';
    if (policy !== 'noeviction') {
      losses.push(`the server may evict what was accepted (maxmemory-policy ${policy}; it must be noeviction)`);
    }
    if (this.fields.get('aof_last_write_status') === 'err') losses.push('the server cannot write its append-only file');
    return losses;
  }

  /** Its memory is nearly full; one line. */
  get lowMemory(): string | undefined {
    const [used, most] = [Number(this.fields.get('used_memory') ?? 0), Number(this.fields.get('maxmemory') ?? 0)];
    if (most === 0 || used < most * FULL) return undefined;
    return `the server uses ${Math.round((100 * used) / most)} % of its maxmemory; at 100 % nothing is accepted`;
  }

  /** Most bytes that it may use; 0: it has no limit. */
  get maxMemory(): number {
    return Number(this.fields.get('maxmemory') ?? 0);
  }
}

const FULL = 0.9;
