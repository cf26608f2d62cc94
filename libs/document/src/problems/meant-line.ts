import { nearest } from './nearest.ts';

const unweighed = new Set([
  'a',
  'an',
  'the',
  'all',
  'is',
  'are',
  'was',
  'were',
  'be',
  'been',
  'has',
  'have',
  'in',
  'of',
  'and',
  'to',
]);

/** Words by their beginnings, so that `pass` is `passed`. */
function weighed(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
  return [...new Set(words.filter((word) => !unweighed.has(word)).map((word) => word.slice(0, 4)))];
}

/** Whether two lines have most words in common and differ in nothing but what is said of the same subject. */
function areNear(line: readonly string[], known: readonly string[]): boolean {
  const common = line.filter((word) => known.includes(word));
  const isSubjectNamed = known.slice(0, 2).every((word) => common.includes(word));
  const isMost = common.length >= 2 && common.length / (line.length + known.length) >= 0.3;
  return isMost && (isSubjectNamed || common.length === line.length);
}

/** The known line that a line nearly is, by its letters or by its words; none where two have as many words of it. */
export function meantLine(text: string, known: readonly string[]): string | undefined {
  const near = nearest(text, known);
  if (near !== undefined) return near;
  const line = weighed(text);
  const shares = known.map((each) => weighed(each).filter((word) => line.includes(word)).length);
  const most = Math.max(...shares);
  const candidates = known.filter((_, index) => shares[index] === most);
  return candidates.length === 1 && areNear(line, weighed(candidates[0]!)) ? candidates[0] : undefined;
}
