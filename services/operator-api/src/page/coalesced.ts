/**
 * Takes batches as they come, however slowly it is iterated, and yields once for all since the last time of which `take` says that
 * they matter. Ends with the batches. @throws what they throw
 */
export async function* coalesced<Batch>(
  batches: AsyncIterable<Batch>,
  take: (batch: Batch) => boolean,
): AsyncGenerator<void> {
  let isNews = false;
  let isOver = false;
  let wake = (): void => undefined;
  const taking = (async () => {
    try {
      for await (const batch of batches) {
        isNews = take(batch) || isNews;
        if (isNews) wake();
      }
    } finally {
      isOver = true;
      wake();
    }
  })();
  // Reported to whoever iterates; who has left does not miss it.
  taking.catch(() => undefined);
  while (isNews || !isOver) {
    if (isNews) {
      isNews = false;
      yield;
    } else await new Promise<void>((resolve) => (wake = resolve));
  }
  await taking;
}
