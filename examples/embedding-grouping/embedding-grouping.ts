import { type ContentGrouping, type NotificationContent } from '../../src/index.js';

/** More are not sent to the service: what is past them stands alone. */
const MOST_CONTENTS = 200;
/** Cosine from which two texts belong together; which one is right depends on the model. */
const ALIKE = 0.8;

/**
 * Groups what means the same by the vectors of your own embedding service, which speaks the interface of OpenAI's `/v1/embeddings`, as most do.
 * A text is embedded once: later attempts at a message find it.
 */
export class EmbeddingGrouping implements ContentGrouping {
  private readonly known = new Map<string, readonly number[]>();

  constructor(
    private readonly url: string,
    private readonly model: string,
    private readonly mostKnown = 10_000,
  ) {}

  async group(contents: readonly NotificationContent[]): Promise<readonly string[]> {
    const texts = contents.slice(0, MOST_CONTENTS).map(({ title }) => title);
    const vectors = await this.vectorsOf(texts);
    const firsts: { readonly name: string; readonly vector: readonly number[] }[] = [];
    return contents.map(({ title, priority }, index) => {
      const vector = vectors.get(title);
      const first = vector && firsts.find((one) => cosine(one.vector, vector) >= ALIKE);
      if (first !== undefined) return first.name;
      const name = `${priority} ${index}`;
      if (vector !== undefined) firsts.push({ name, vector });
      return name;
    });
  }

  private async vectorsOf(texts: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const missing = [...new Set(texts)].filter((text) => !this.known.has(text));
    if (missing.length > 0) {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: this.model, input: missing }),
      });
      if (!response.ok) throw new Error(`the embedding service answered ${response.status}`);
      const { data } = (await response.json()) as { readonly data: readonly { readonly embedding: readonly number[] }[] };
      missing.forEach((text, index) => this.known.set(text, data[index]?.embedding ?? []));
    }
    const vectors = new Map(texts.map((text) => [text, this.known.get(text) ?? []]));
    for (const text of this.known.keys()) {
      if (this.known.size <= this.mostKnown) break;
      this.known.delete(text);
    }
    return vectors;
  }
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += (a[i] ?? 0) * (b[i] ?? 0);
    ofA += (a[i] ?? 0) ** 2;
    ofB += (b[i] ?? 0) ** 2;
  }
  return product / (Math.sqrt(ofA * ofB) || 1);
}
