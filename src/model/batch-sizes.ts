/** Upper ends of the size classes that statistics and metrics use. */
export const BATCH_SIZE_BOUNDS = [1, 2, 5, 10, 20, 50, 100] as const;

/** The name of the class that a batch of `size` messages is in: `1`, `2`, `3-5` … `51-100`, `101+`. */
export function batchSizeClass(size: number): string {
  let lower = 1;
  for (const upper of BATCH_SIZE_BOUNDS) {
    if (size <= upper) return lower === upper ? String(upper) : `${lower}-${upper}`;
    lower = upper + 1;
  }
  return `${lower}+`;
}

/** Every class, smallest first. */
export const BATCH_SIZE_CLASSES: readonly string[] = [...BATCH_SIZE_BOUNDS, Infinity].map(batchSizeClass);
