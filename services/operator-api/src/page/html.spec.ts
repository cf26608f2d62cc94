import { describe, expect, it } from '@jest/globals';
import { html, page } from './html.ts';

describe('markup', () => {
  it('escapes every value, in text and in attributes', () => {
    const evil = `<script>alert("x")</script>'&`;
    expect(html`<p title="${evil}">${evil}</p>`.text).not.toMatch(/<script|"x"|'/);
  });

  it('takes markup, lists and nothing as they are', () => {
    expect(
      html`<ul>
        ${['a', 'b'].map((each) => html`<li>${each}</li>`)}${null}${undefined}${false}${0}
      </ul>`.text,
    ).toBe('<ul><li>a</li><li>b</li>0</ul>');
  });

  it('makes a page that loads itself again only where it is told to', () => {
    expect(page('x', html`y`, 5)).toContain('http-equiv="refresh" content="5"');
    expect(page('x', html`y`)).not.toContain('refresh');
    expect(page('<x>', html`y`)).toContain('<title>&lt;x&gt; · Backstay</title>');
  });
});
