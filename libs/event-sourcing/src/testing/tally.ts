/** Counts what a property has tried, so that its run can say of how many cases it speaks. */
export function tally() {
  let count = 0;
  return {
    add: (cases = 1): void => {
      count += cases;
    },
    /** Prints `120 garbled replies of Loki: none passes`. */
    report: (what: string): void => globalThis.console.info(`${count} ${what}`),
  };
}
