/** Letters to insert, leave out, replace or exchange with their neighbour; given up beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const exchange = isExchanged ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(change, exchange, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** The candidate within edit distance 2 of the word, regardless of case; the nearest if several are. Short words must be nearer. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 80) return undefined;
  let best: string | undefined;
  let least = 3;
  for (const candidate of candidates) {
    const limit = candidate.length < 4 ? 1 : 2;
    const away = distance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (away <= limit && away < least) [best, least] = [candidate, away];
  }
  return best;
}

export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? '' : `; did you mean “${near}”?`;
}
