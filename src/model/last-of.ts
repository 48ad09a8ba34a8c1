/** The same words for a moment as `say`, which is asked anew when it is another moment than the last: those of a batch are of a few moments. */
export function lastOf(say: (at: number) => string): (at: number) => string {
  let lastAt = NaN;
  let last = '';
  return (at) => {
    if (at !== lastAt) {
      last = say(at);
      lastAt = at;
    }
    return last;
  };
}
