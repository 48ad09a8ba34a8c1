// What the page knows, and when it is drawn.

export const app = {
  /** See `router.js`. */
  route: { section: 'now', id: undefined, query: {} },
  stats: undefined,
  /** When the figures came, epoch ms. */
  statsAt: undefined,
  health: undefined,
  /** `waiting`, `live`, `lost`. */
  link: 'waiting',
  /** The time that is shown, epoch ms: it moves each second. */
  now: Date.now(),
};

let draw = () => undefined;
let isAsked = false;

export function onDraw(work) {
  draw = work;
}

/** Draws once for all that changes in this turn. */
export function changed() {
  if (isAsked) return;
  isAsked = true;
  queueMicrotask(() => {
    isAsked = false;
    draw();
  });
}

/** Calls `work` every so many milliseconds while the page is seen. */
export function whileSeen(everyMs, work) {
  setInterval(() => {
    if (document.visibilityState === 'visible') work();
  }, everyMs);
}
