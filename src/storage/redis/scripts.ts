import { createHash } from 'node:crypto';

/** A script, and what the server knows it by. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/**
 * Writes what a transaction computed, unless something that it read was changed since. It decides nothing else: the rules are in TypeScript.
 *
 * KEYS: the hash `tx`. ARGV: prefix, slot, number of the transaction in its slot, number of checks; per check key, field and the beginning of the value
 * (empty: there is none); per write the number of its words, and these, without the prefix of the key.
 *
 * A slot remembers its last transaction, times two, plus one when it was written: what is sent again because its answer was lost gets that answer, and
 * what comes late changes nothing. The first write is one that the server refuses when it is out of memory, so that no half of a script is done.
 */
export const COMMIT = script(`
local p, slot, n, at = ARGV[1], ARGV[2], tonumber(ARGV[3]), 5
local last = tonumber(redis.call('HGET', KEYS[1], slot) or '0')
if math.floor(last / 2) >= n then return { last == 2 * n + 1 and 'written' or 'changed' } end
for _ = 1, tonumber(ARGV[4]) do
  local expected, value = ARGV[at + 2], redis.call('HGET', p .. ARGV[at], ARGV[at + 1])
  if (expected == '' and value) or (expected ~= '' and (not value or string.sub(value, 1, #expected) ~= expected)) then
    redis.call('HSET', KEYS[1], slot, 2 * n)
    return { 'changed', ARGV[at], ARGV[at + 1] }
  end
  at = at + 3
end
redis.call('HSET', KEYS[1], slot, 2 * n + 1)
while at <= #ARGV do
  local words, command, key = tonumber(ARGV[at]), ARGV[at + 1], p .. ARGV[at + 2]
  local a, b, c, d = ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6]
  if command == 'DROP' then
    redis.call('HDEL', key, a)
    if redis.call('EXISTS', key) == 0 then redis.call('ZREM', p .. b, c) end
  elseif command == 'UNREF' then
    if redis.call('HINCRBY', key, 'n', -1) <= 0 then redis.call('DEL', key, p .. a) end
  elseif command == 'LEAVE' then
    redis.call('SREM', key, a)
    if redis.call('EXISTS', key) == 0 then
      redis.call('HDEL', p .. 'cl', b)
      redis.call('ZREM', p .. 'due', c)
      redis.call('SREM', p .. 'held:' .. d, b)
      if redis.call('EXISTS', p .. 'held:' .. d) == 0 then redis.call('SREM', p .. 'holders', d) end
    end
  elseif command == 'COUNT' then
    if redis.call('HINCRBY', key, a, b) == 0 then redis.call('HDEL', key, a) end
  elseif command == 'SWEEP' then
    if redis.call('HLEN', key) == 1 then redis.call('DEL', key) end
  else
    redis.call(command, key, unpack(ARGV, at + 3, at + words))
  end
  at = at + words + 1
end
return { 'written' }
`);

/** Prolongs the leases of claims. KEYS: `cl`. ARGV: prefix, until, version, tokens with their members of `due`. Returns those that hold nothing. */
export const EXTEND = script(`
local p, until_, lost = ARGV[1], tonumber(ARGV[2]), {}
for at = 4, #ARGV, 2 do
  local token, value = ARGV[at], redis.call('HGET', KEYS[1], ARGV[at])
  if not value then lost[#lost + 1] = token
  else
    local lease, holder = string.match(value, '^[^|]*|(%d+) (.*)$')
    if tonumber(lease) < until_ then
      redis.call('HSET', KEYS[1], token, ARGV[3] .. '|' .. ARGV[2] .. ' ' .. holder)
      redis.call('ZADD', p .. 'due', until_, ARGV[at + 1])
    end
  end
end
return lost
`);

/** Deliveries with their messages, as of one time. KEYS: none of its own but `db`. ARGV: prefix, then the row of each. Answers pairs; empty: there is none. */
export const FIND = script(`
local p, out = ARGV[1], {}
for at = 2, #ARGV, 2 do
  local delivery = redis.call('HGET', p .. ARGV[at], ARGV[at + 1]) or ''
  local message = ''
  if delivery ~= '' then
    local id = tonumber(string.match(delivery, '^(%d+) '))
    message = redis.call('HGET', p .. 'm:' .. string.format('%d', math.floor(id / 64)), string.format('%d', id % 64)) or ''
  end
  out[#out + 1] = delivery
  out[#out + 1] = message
end
return out
`);

/** Counts and what goes with them, as of one time. KEYS: `counts`. ARGV: prefix. */
export const SNAPSHOT = script(`
local p = ARGV[1]
local first = redis.call('ZRANGE', p .. 'open', 0, 0, 'WITHSCORES')
local oldest = ''
if first[2] then
  local id = tonumber(first[2])
  oldest = redis.call('HGET', p .. 'm:' .. string.format('%d', math.floor(id / 64)), string.format('%d', id % 64)) or ''
end
return { redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', p .. 'sums'), redis.call('ZCARD', p .. 'open'), oldest }
`);

/** Numbers of a channel's sequence, and how far it is, as of one time. KEYS: `sq`. ARGV: prefix, channel, after, limit. */
export const SEQUENCE = script(`
local p = ARGV[1]
return { redis.call('HGET', KEYS[1], ARGV[2]) or '', redis.call('ZRANGE', p .. 'sq:' .. ARGV[2], '(' .. ARGV[3], '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[4], 'WITHSCORES') }
`);
