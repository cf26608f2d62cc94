import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { describe, expect, it } from 'vitest';
import { Browser } from './browser.test-support.ts';
import { changeBetween, fullChange } from './changes.ts';
import { list, markup, page, part, type View } from './html.ts';

interface Described {
  readonly title: string;
  readonly heading: string;
  /** By id, in order. */
  readonly rows: readonly (readonly [id: string, text: string])[];
  readonly footnote: string;
}

/** A list within a part, beside another part. */
const viewOf = ({ title, heading, rows, footnote }: Described, goesOn = true): View => ({
  title,
  body: part(
    'div',
    'page',
    markup`${part(
      'section',
      'all',
      markup`<h1>${heading}</h1>${list(
        'ul',
        'rows',
        rows.map(([id, text]) => part('li', id, markup`${text}`)),
      )}`,
    )}
${part('p', 'footnote', markup`${footnote}`)}`,
  ),
  goesOn,
});

const textOf = (view: View) => page(view, { changes: '/live', refreshSeconds: 5 });
const base: Described = {
  title: 't',
  heading: 'h',
  rows: [
    ['a', '1'],
    ['b', '2'],
  ],
  footnote: 'f',
};
const from = viewOf(base);

describe('the change between two views of a page', () => {
  it('is nothing where nothing changed', () => {
    expect(changeBetween(from, viewOf(base))).toBeNull();
  });

  it('has the parts alone that changed, came and went', () => {
    const rows = [
      ['c', '3'],
      ['b', '4'],
    ] as const;
    expect(changeBetween(from, viewOf({ ...base, rows, footnote: 'g' }))).toEqual({
      parts: [
        { id: 'c', html: '<li id="c">3</li>', within: 'rows' },
        { id: 'b', html: '<li id="b">4</li>' },
        { id: 'footnote', html: '<p id="footnote">g</p>' },
      ],
      gone: ['a'],
    });
  });

  it('has a list whole where its parts moved, and a part whole where its own markup changed', () => {
    const moved = viewOf({ ...base, rows: base.rows.toReversed() });
    expect(changeBetween(from, moved)?.parts.map(({ id }) => id)).toEqual(['rows']);
    expect(changeBetween(from, viewOf({ ...base, heading: 'i' }))?.parts.map(({ id }) => id)).toEqual(['all']);
  });

  it('says that nothing more will change, even where nothing did', () => {
    expect(changeBetween(from, viewOf(base, false))).toEqual({ parts: [], ended: true });
  });

  it('leads a browser from any view to any other, as does the whole of it', () => {
    const text = fc.constantFrom('', 'x', '<b>', `"'&`);
    const rows = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), text), { selector: ([id]) => id });
    const described = fc.record({ title: text, heading: text, rows, footnote: text });
    fc.assert(
      fc.property(described, described, (one, other) => {
        const [before, after] = [viewOf(one), viewOf(other)];
        const fresh = new Browser(textOf(after)).shown;
        for (const change of [changeBetween(before, after), fullChange(after)]) {
          const browser = new Browser(textOf(before));
          if (change !== null) browser.take(change);
          expect(browser.shown).toEqual(fresh);
        }
      }),
      runs(100),
    );
  });
});
