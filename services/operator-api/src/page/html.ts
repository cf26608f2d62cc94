/** Markup that is safe to send as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

/** Every value that is not markup itself is escaped, in text and in quoted attributes alike. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + (index < values.length ? written(values[index]) : '')).join(''));
}

function written(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return value.map(written).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

/** How a page goes on while it is open. */
export interface Live {
  /** The stream whose events change it. */
  readonly events: string;
  /** Cursor of the last event that the page shows, where that is behind what is recorded; absent: it shows all of them. */
  readonly shown?: string | null;
  /** How often it loads itself again where no script runs. */
  readonly refreshSeconds: number;
}

/** The stream of events behind a cursor. */
export function eventsBehind(cursor: string | null | undefined, deployment?: string): string {
  const query = new URLSearchParams({ ...(deployment && { deployment }), ...(cursor && { after: cursor }) });
  return `/v1/events/stream?${query.toString()}`;
}

/** A whole page; `live` where what it shows goes on. */
export function page(title: string, body: Html, live?: Live): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${
  live !== undefined &&
  markup`<noscript><meta http-equiv="refresh" content="${live.refreshSeconds}"></noscript>
<script src="/page.js" defer></script>`
}
<title>${title} · Backstay</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header><a href="/">Backstay</a> <nav><a href="/">Deployments</a> <a href="/environments">Environments</a> <a href="/docs">API</a></nav></header>
<main${live !== undefined && markup` data-events="${live.events}"${live.shown != null && markup` data-shown="${live.shown}"`}`}>${body}</main>
</body>
</html>
`.text;
}
