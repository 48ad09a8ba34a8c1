import fc from 'fast-check';

/**
 * The seed of every property test. A run is the same each time, so that a change fails for what it changed; `PROPERTY_SEED=random` looks at
 * others, as `npm run check:long` does, and a number at that one.
 */
const DEFAULT_SEED = 20_261_124;

const wanted = process.env['PROPERTY_SEED'];
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted ?? DEFAULT_SEED) });
