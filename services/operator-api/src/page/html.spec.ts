import { describe, expect, it } from 'vitest';
import { markup, page } from './html.ts';

describe('markup', () => {
  it('escapes every value, in text and in attributes', () => {
    const evil = `<script>alert("x")</script>'&`;
    expect(markup`<p title="${evil}">${evil}</p>`.text).not.toMatch(/<script|"x"|'/);
  });

  it('takes markup, lists and nothing as they are', () => {
    const items = ['a', 'b'].map((each) => markup`<li>${each}</li>`);
    expect(markup`<ul>${items}${null}${undefined}${false}${0}</ul>`.text).toBe('<ul><li>a</li><li>b</li>0</ul>');
  });

  it('makes a page that reloads itself only where it is asked to', () => {
    const body = markup`y`;
    expect(page({ title: 'x', body }, { changes: '/x/live', refreshSeconds: 5 })).toContain(
      'http-equiv="refresh" content="5"',
    );
    expect(page({ title: 'x', body })).not.toContain('refresh');
    expect(page({ title: '<x>', body })).toContain('<title>&lt;x&gt; · Backstay</title>');
  });
});
