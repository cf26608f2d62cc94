import { runInNewContext } from 'node:vm';
import type { PageChange } from './changes.ts';
import { script } from './script.ts';

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const between = (text: string, [from, to]: readonly [number, number]): string => text.slice(from, to);

/** Where the element stands whose first tag the pattern finds: from its first character to behind its last one. */
function placeOf(html: string, first: RegExp): readonly [number, number] | null {
  const found = first.exec(html);
  if (found === null) return null;
  const tags = new RegExp(`<(/?)${found[1] ?? ''}(?=[\\s>])[^>]*>`, 'g');
  tags.lastIndex = found.index;
  for (let depth = 0, tag = tags.exec(html); tag !== null; tag = tags.exec(html)) {
    depth += tag[1] === '/' ? -1 : 1;
    if (depth === 0) return [found.index, tags.lastIndex];
  }
  throw new Error(`${found[0]} is not closed`);
}

/** A link that has the focus, as far as the script looks at it. */
interface Link {
  getAttribute(name: 'href'): string;
  focus(): void;
}

/** The main part of a page as text, with what the script uses of a browser's document. */
class PageDocument {
  title: string;
  activeElement: Link | null = null;
  readonly dataset: { readonly changes: string } | null;
  #html: string;

  constructor(page: string) {
    this.title = unescaped(/<title>(.*?)<\/title>/.exec(page)?.[1] ?? '');
    const [, attributes = '', main = ''] = /<main([^>]*)>(.*)<\/main>/s.exec(page) ?? [];
    const changes = /data-changes="([^"]*)"/.exec(attributes)?.[1];
    this.dataset = changes === undefined ? null : { changes: unescaped(changes) };
    this.#html = main;
  }

  get main(): string {
    return this.#html;
  }

  querySelector(): object | null {
    return this.dataset && { dataset: this.dataset };
  }

  createElement(): object {
    const linksIn = (html: string) => this.linksIn(html);
    const content = { firstElementChild: {} };
    return {
      content,
      set innerHTML(html: string) {
        content.firstElementChild = { html, querySelectorAll: () => linksIn(html) };
      },
    };
  }

  getElementById(id: string): object | null {
    const place = placeOf(this.#html, new RegExp(`<(\\w+)[^>]* id="${id.replaceAll(/[.]/g, '\\.')}"[^>]*>`));
    if (place === null) return null;
    const [from, to] = place;
    const own = between(this.#html, place);
    const put = (at: number, until: number, html: string): void => {
      if (until > at && this.#isIn(own)) this.activeElement = null;
      this.#html = this.#html.slice(0, at) + html + this.#html.slice(until);
    };
    const inside = from + own.indexOf('>') + 1;
    return {
      contains: () => this.#isIn(own),
      remove: () => put(from, to, ''),
      replaceWith: ({ html }: { html: string }) => put(from, to, html),
      prepend: ({ html }: { html: string }) => put(inside, inside, html),
      after: ({ html }: { html: string }) => put(to, to, html),
    };
  }

  linksIn(html: string): readonly Link[] {
    return [...html.matchAll(/<a href="([^"]*)"/g)].map(([, href = '']) => {
      const link: Link = { getAttribute: () => unescaped(href), focus: () => void (this.activeElement = link) };
      return link;
    });
  }

  #isIn(html: string): boolean {
    const href = this.activeElement?.getAttribute('href');
    return this.linksIn(html).some((link) => link.getAttribute('href') === href);
  }
}

interface Source {
  readonly url: string;
  readyState: number;
  onmessage?: (event: { readonly data: string }) => void;
  onerror?: () => void;
}

/** A browser that has loaded a page and runs its script; its timers run when the test says. */
export class Browser {
  readonly document: PageDocument;
  readonly sources: Source[] = [];
  reloads = 0;
  readonly #timers: (() => void)[] = [];

  constructor(page: string) {
    const { sources } = this;
    this.document = new PageDocument(page);
    class EventSource {
      static readonly CLOSED = 2;
      readyState = 1;
      constructor(readonly url: string) {
        sources.push(this);
      }
      close(): void {
        this.readyState = EventSource.CLOSED;
      }
    }
    runInNewContext(script, {
      document: this.document,
      location: { reload: () => (this.reloads += 1) },
      EventSource,
      setTimeout: (run: () => void) => this.#timers.push(run),
    });
  }

  /** Where the page's changes come from; absent: nothing changes. */
  get changes(): string | undefined {
    return this.sources[0]?.url;
  }

  get isListening(): boolean {
    return this.sources[0]?.readyState === 1;
  }

  take(change: PageChange): void {
    this.sources[0]?.onmessage?.({ data: JSON.stringify(change) });
  }

  fail(readyState: number): void {
    Object.assign(this.sources[0] ?? {}, { readyState });
    this.sources[0]?.onerror?.();
  }

  focus(href: string): void {
    this.document
      .linksIn(this.document.main)
      .find((link) => link.getAttribute('href') === href)
      ?.focus();
  }

  later(): void {
    for (const run of this.#timers.splice(0)) run();
  }

  /** What people see. */
  get shown(): { readonly title: string; readonly main: string } {
    return { title: this.document.title, main: this.document.main };
  }
}
