/** Keys in `meta`: ids are given behind these, though no row may have one of them any more. */
export const NEWEST_KEYS = { delivery: 'newest.delivery', message: 'newest.message' } as const;
