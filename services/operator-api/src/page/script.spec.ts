import { describe, expect, it } from 'vitest';
import { Browser } from './browser.test-support.ts';
import { list, markup, page, part } from './html.ts';

const row = (id: string, text = id) => part('li', id, markup`<a href="/d/${id}">${text}</a>`);
const textOf = (title: string, ...ids: readonly string[]) =>
  page(
    {
      title,
      body: part(
        'div',
        'page',
        markup`<h1>${title}</h1>${list(
          'ul',
          'rows',
          ids.map((id) => row(id)),
        )}`,
      ),
    },
    { changes: '/live?shown=a&b', refreshSeconds: 5 },
  );
const mainOf = (title: string, ...ids: readonly string[]) => new Browser(textOf(title, ...ids)).shown.main;
const opened = () => new Browser(textOf('Rows', 'a', 'b', 'c'));

describe('the script of the pages', () => {
  it('listens to the changes that the page names', () => {
    expect(opened().sources.map(({ url }) => url)).toEqual(['/live?shown=a&b']);
  });

  it('does nothing on a page that does not go on', () => {
    expect(new Browser(page({ title: 'x', body: markup`y` })).sources).toEqual([]);
  });

  it('replaces parts, brings new ones in behind others or first, and removes those that are gone', () => {
    const browser = opened();
    const { text: html } = row('b', 'changed');
    browser.take({ parts: [{ id: 'b', html }] });
    expect(browser.shown.main).toBe(mainOf('Rows', 'a', 'b', 'c').replace('>b<', '>changed<'));
    browser.take({
      parts: [
        { id: 'd', html: row('d').text, within: 'rows' },
        { id: 'e', html: row('e').text, within: 'rows', behind: 'c' },
      ],
      gone: ['b'],
    });
    expect(browser.shown.main).toBe(mainOf('Rows', 'd', 'a', 'c', 'e'));
  });

  it('names the page anew', () => {
    const browser = opened();
    browser.take({ title: '<orders> · Backstay', parts: [] });
    expect(browser.shown.title).toBe('<orders> · Backstay');
  });

  it('keeps the focus on the link that had it, also when the part around it is replaced', () => {
    const browser = opened();
    browser.focus('/d/b');
    browser.take({ parts: [{ id: 'a', html: row('a', 'changed').text }] });
    browser.take({ parts: [{ id: 'b', html: row('b', 'changed').text }] });
    expect(browser.document.activeElement?.getAttribute('href')).toBe('/d/b');
    browser.take({ parts: [], gone: ['b'] });
    expect(browser.document.activeElement).toBeNull();
  });

  it('leaves the stream when nothing more will change', () => {
    const browser = opened();
    browser.take({ parts: [], ended: true });
    expect(browser.isListening).toBe(false);
    browser.later();
    expect(browser.reloads).toBe(0);
  });

  it('loads the page again only when the stream cannot be resumed', () => {
    const browser = opened();
    browser.fail(0);
    browser.later();
    expect(browser.reloads).toBe(0);
    browser.fail(2);
    browser.later();
    expect(browser.reloads).toBe(1);
  });

  it('loads the page again when a change does not fit it', () => {
    const browser = opened();
    expect(() => browser.take({ parts: [], gone: ['nowhere'] })).toThrow("reading 'remove'");
    expect(browser.isListening).toBe(false);
    browser.later();
    expect(browser.reloads).toBe(1);
  });
});
