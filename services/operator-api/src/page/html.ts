import { routes } from '@backstay/api-contract';

/** Markup that is safe to send as it is. */
export class Html {
  /** Text, and the parts between it. */
  readonly pieces: readonly (string | Part)[];

  constructor(pieces: readonly (string | Part)[]) {
    this.pieces = pieces;
  }

  get text(): string {
    return this.pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('');
  }
}

/** One element of a page that can change by itself, found by its id. */
export class Part extends Html {
  readonly id: string;
  /** Whether it has nothing but parts, of which each may come, move and go. */
  readonly isList: boolean;

  constructor(id: string, isList: boolean, pieces: readonly (string | Part)[]) {
    super(pieces);
    this.id = id;
    this.isList = isList;
  }

  get parts(): readonly Part[] {
    return this.pieces.filter((piece) => piece instanceof Part);
  }
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

/** Every value that is not markup itself is escaped, in text and in quoted attributes alike. */
export function markup(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(texts.flatMap((text, index) => (index < values.length ? [text, ...written(values[index])] : [text])));
}

function written(value: Value): readonly (string | Part)[] {
  if (value === null || value === undefined || value === false) return [];
  if (value instanceof Part) return [value];
  if (value instanceof Html) return value.pieces;
  if (typeof value === 'string' || typeof value === 'number') return [escape(String(value))];
  return value.flatMap(written);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

/** An element with this content. Its id is of no other element of the page. */
export const part = (tag: string, id: string, content: Html): Part => element(tag, id, content, false);

/** An element with these parts and nothing else. */
export const list = (tag: string, id: string, parts: readonly Part[]): Part => element(tag, id, markup`${parts}`, true);

function element(tag: string, id: string, content: Html, isList: boolean): Part {
  return new Part(id, isList, [`<${tag} id="${escape(id)}">`, ...content.pieces, `</${tag}>`]);
}

/** What a page shows at a moment. */
export interface View {
  readonly title: string;
  readonly body: Part;
  /** Whether events can still change it. */
  readonly goesOn: boolean;
}

export const titleOf = ({ title }: Pick<View, 'title'>): string => `${title} · Backstay`;

/** How a page goes on while it is open. */
export interface Live {
  /** The stream of its changes. */
  readonly changes: string;
  /** How often it loads itself again where no script runs. */
  readonly refreshSeconds: number;
}

/** A whole page; `live` where what it shows goes on. */
export function page(view: { readonly title: string; readonly body: Html }, live?: Live): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${
  live !== undefined &&
  markup`<noscript><meta http-equiv="refresh" content="${live.refreshSeconds}"></noscript>
<script src="${routes.pageScript.path}" defer></script>`
}
<title>${titleOf(view)}</title>
<link rel="stylesheet" href="${routes.pageStyle.path}">
</head>
<body>
<header><a href="${routes.listPage.path}">Backstay</a> <nav><a href="${routes.listPage.path}">Deployments</a> <a href="${routes.environmentsPage.path}">Environments</a> <a href="${routes.docs.path}">API</a></nav></header>
<main${live !== undefined && markup` data-changes="${live.changes}"`}>${view.body}</main>
</body>
</html>
`.text;
}
