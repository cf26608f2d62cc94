import { describe, expect, it } from 'vitest';
import { fixture } from './testing/fixtures.test-support.ts';
import { parseDocument } from './reading/parse.ts';

/** Everything that is reported about a text, without the places. */
function meaningOf(text: string): string {
  return JSON.stringify(parseDocument(text), (key, value: unknown) =>
    ['line', 'watchLine', 'trafficLine', 'columns', 'title'].includes(key) ? undefined : value,
  );
}

function bulletsOf(text: string): { index: number; line: string }[] {
  const lines = text.split('\n').map((line, index) => ({ index, line }));
  return lines.filter(({ line }) => /^\s*(?:-|\d+\.)\s/.test(line) && line !== '- none');
}

function withLine(text: string, index: number, line: string | undefined): string {
  const lines = text.split('\n');
  lines.splice(index, 1, ...(line === undefined ? [] : [line]));
  return lines.join('\n');
}

describe.each(['notes-api.md', 'everything.md'])('every bullet of %s means something', (name) => {
  const text = fixture(name);
  const meaning = meaningOf(text);

  it('so that its absence is noticed', () => {
    const silent = bulletsOf(text).filter(({ index }) => meaningOf(withLine(text, index, undefined)) === meaning);
    expect(silent).toEqual([]);
  });

  it('and one that means nothing is a problem', () => {
    // Titles of flows and secrets are free, and so is a title or a line with a sub-bullet that says what it means.
    const free = /^\d+\. \*\*|^- \[|^\d+\. /;
    const silent = bulletsOf(text).filter(({ index, line }) => {
      const label = /^\s*(?:-|\d+\.) /.exec(line)![0];
      const isFree = free.test(line) || /credentials|tokens|account|Gate|SMOKE|Disk|#1234/.test(line);
      return !isFree && parseDocument(withLine(text, index, `${label}qux qux`)).ok;
    });
    expect(silent).toEqual([]);
  });
});
