import { type Random } from './random.ts';
import { oddJson, PROTOTYPE_NAMES, quoted } from './values.ts';

/** What is sent where the body is right, by the end of the path. Members are JSON texts. */
const EXAMPLES: readonly (readonly [RegExp, Readonly<Record<string, string>>])[] = [
  [/\/rules$/, { rules: '[{"type":"alert","windowMs":60000,"maxCount":5},{"channel":"slack","windowMs":0,"maxCount":1}]' }],
  [/\/cancel$/, { groupKey: '"g1"', channel: '"email"' }],
  [/\/flush$/, { channel: '"email"', type: '"alert"' }],
  [/\/replay$|\/dismiss$/, { ids: '["d-1","d-2"]', channel: '"email"', reason: '"timed_out"' }],
  [/\/tickets$/, { user: '"ann"', ttlMs: '60000' }],
];
const CHANNELS = ['"email"', '"slack"', '"sse"', '"webhook"', '"nowhere"'];
const TYPES = ['"alert"', '"system_update"', '"announcement"', '"reminder"', '"own.type-1"'];
const RULE_FIELDS = [
  'mode',
  'minCount',
  'maxCount',
  'windowMs',
  'similarity',
  'schedule',
  'render',
  'burst',
  'stormBrake',
  'leading',
  'groupBy',
];

/** The JSON text of a body for a route: right, or with one to three things wrong. */
export function bodyFor(path: string, random: Random): string {
  const members = new Map(Object.entries(EXAMPLES.find(([route]) => route.test(path))?.[1] ?? notification(random)));
  if (path.endsWith('/rules') && random.chance(0.5)) {
    members.set('rules', `[{"windowMs":1000,"maxCount":3,${quoted(random.pick(RULE_FIELDS))}:${oddJson(random)}}]`);
  }
  const changes = random.chance(0.25) ? 0 : 1 + random.below(3);
  for (let i = 0; i < changes; i++) change(members, random);
  const text = `{${[...members].map(([name, value]) => `${quoted(name)}:${value}`).join(',')}}`;
  if (random.chance(0.03)) return oddJson(random);
  return random.chance(0.05) ? cut(text, random) : text;
}

/** One notification a line, some lines wrong. */
export function linesFor(random: Random): string {
  const count = random.pick([0, 1, 2, 20, 450]);
  const lines = Array.from({ length: count }, () => (random.chance(0.8) ? textOf(notification(random)) : bodyFor('', random)));
  return lines.join(random.pick(['\n', '\r\n', '\n\n']));
}

function notification(random: Random): Record<string, string> {
  const channel = random.pick(CHANNELS);
  const members: Record<string, string> = {
    type: random.pick(TYPES),
    channel,
    to: addressFor(channel, random),
    title: quoted(`Title ${random.below(50)}`),
  };
  const optional: Record<string, string> = {
    body: '"Some text"',
    actor: '{"id":"7","name":"Bob"}',
    data: '{"url":"https://example.com/1","n":[1,2,{"a":null}]}',
    priority: random.pick(['"critical"', '"high"', '"normal"', '"low"']),
    groupKey: quoted(`g${random.below(5)}`),
    dedupeKey: quoted(`d${random.below(5)}`),
    idempotencyKey: quoted(`i${random.below(200)}`),
    sendAt: random.pick(['"2020-01-01T00:00:00Z"', '"2099-01-01T00:00:00Z"', '"2027-02-30T00:00:00Z"']),
    expiresAt: random.pick(['"2020-01-01T00:00:00Z"', '"2099-06-01T00:00:00+02:00"']),
  };
  for (const [name, value] of Object.entries(optional)) if (random.chance(0.25)) members[name] = value;
  return members;
}

function addressFor(channel: string, random: Random): string {
  const user = `u${random.below(100)}`;
  // Nothing leaves this machine: private addresses are refused when they are called.
  const address = channel === '"email"' ? `${user}@example.com` : channel === '"webhook"' ? `https://127.0.0.1:9/${user}` : user;
  return random.chance(0.2) ? `[${quoted(address)},${quoted(`x${address}`)}]` : quoted(address);
}

function change(members: Map<string, string>, random: Random): void {
  const names = [...members.keys()];
  const name = names.length === 0 ? 'x' : random.pick(names);
  switch (random.below(6)) {
    case 0:
      members.delete(name);
      return;
    case 1:
      members.set(random.pick([...PROTOTYPE_NAMES, 'chanel', 'x', '']), oddJson(random));
      return;
    case 2:
      members.set(
        random.pick(['channel', 'type', 'address', 'groupKey', 'dedupeKey', 'ids', 'user', 'rules', 'to']),
        oddJson(random),
      );
      return;
    default:
      members.set(name, oddJson(random));
  }
}

function cut(text: string, random: Random): string {
  const at = random.below(text.length);
  return random.chance(0.5)
    ? text.slice(0, at)
    : text.slice(0, at) + random.pick(['"', '{', ',', '\u0000', '\\u12']) + text.slice(at);
}

function textOf(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, value]) => `${quoted(name)}:${value}`)
    .join(',')}}`;
}
