import { describe, expect, it } from 'vitest';
import { RecentTrees } from './recent-trees.ts';

describe('the trees of texts that were read', () => {
  const counting = () => {
    const read: string[] = [];
    const trees = new RecentTrees((text) => {
      read.push(text);
      return [{ type: 'thematicBreak' }];
    });
    return { read, trees };
  };

  it('are read once, and are the same ones', () => {
    const { read, trees } = counting();
    expect(trees.of('a')).toBe(trees.of('a'));
    trees.of('b');
    expect(read).toEqual(['a', 'b']);
  });

  it('are kept for the texts that were asked for last, as far as these have space', () => {
    const { read, trees } = counting();
    const texts = Array.from({ length: 17 }, (_, index) => String.fromCodePoint(97 + index).repeat(16 * 1024));
    for (const text of texts.slice(0, 16)) trees.of(text);
    trees.of(texts[0]!);
    trees.of(texts[16]!);
    const before = read.length;
    trees.of(texts[0]!);
    trees.of(texts[16]!);
    expect(read.length).toBe(before);
    trees.of(texts[1]!);
    expect(read.length).toBe(before + 1);
  });

  it('are not kept for a text that is long', () => {
    const { read, trees } = counting();
    const long = 'x'.repeat(16 * 1024 + 1);
    trees.of(long);
    trees.of(long);
    expect(read).toHaveLength(2);
  });
});
