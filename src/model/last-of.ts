/** Memoizes the last result of `say`, per step (ms): the timestamps of a batch are usually equal. */
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
