/** The middle value; of an even number, the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

/** Runs contestants in turns, so that whatever else the machine does touches all alike; the median of each. */
export async function interleaved(
  rounds: number,
  contestants: Readonly<Record<string, () => Promise<number>>>,
): Promise<Readonly<Record<string, number>>> {
  const results = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of Object.entries(contestants)) results.get(name)?.push(await contestant());
  }
  return Object.fromEntries([...results].map(([name, values]) => [name, median(values)]));
}

/** Prints rates with their ratio to the first (or to `base`). */
export function printRates(unit: string, rates: Readonly<Record<string, number>>, base = Object.keys(rates)[0] ?? ''): void {
  const width = Math.max(...Object.keys(rates).map((name) => name.length));
  for (const [name, rate] of Object.entries(rates)) {
    const ratio = (rate / (rates[base] ?? NaN)).toFixed(2);
    console.log(`  ${name.padEnd(width)}  ${Math.round(rate).toLocaleString('en').padStart(10)} ${unit}  ${ratio.padStart(7)}×`);
  }
}
