/**
 * An answer as RESP2 has it, whichever protocol a host's connection speaks: in RESP3 hashes are maps, sets are sets, and members stand with their scores
 * in pairs (Redis documentation, "RESP protocol").
 */
export function plainAnswer(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.length > 0 && answer.every(isPair) ? answer.flat() : answer;
  if (answer instanceof Map) return [...answer.entries()].flat();
  if (answer instanceof Set) return [...answer];
  if (typeof answer === 'object' && answer !== null && Object.getPrototypeOf(answer) === Object.prototype) {
    return Object.entries(answer).flat();
  }
  return answer;
}

function isPair(item: unknown): boolean {
  return Array.isArray(item) && item.length === 2;
}
