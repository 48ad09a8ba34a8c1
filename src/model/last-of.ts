/** What `say` says of a moment, to the step (ms); it is asked anew when that is another one than the last: a batch's are much the same. */
export function lastOf(stepMs: number, say: (at: number) => string): (at: number) => string {
  let lastStep = NaN;
  let last = '';
  return (at) => {
    const step = Math.floor(at / stepMs);
    if (step !== lastStep) {
      last = say(at);
      lastStep = step;
    }
    return last;
  };
}
