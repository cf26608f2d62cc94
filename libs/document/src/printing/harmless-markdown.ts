const longest = 2_000;
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const invisible = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;
const active = /[\\`*[\]<>&~|!#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;
const tag = /<(?=[!?]|\/?[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|$)|[A-Za-z][A-Za-z0-9+.-]+:\S)/g;

/** Text from elsewhere as one line of Markdown in which nothing is interpreted: no markup, no HTML, no invisible character. */
export function plainMarkdown(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(invisible, '\uFFFD').trim();
  const short = line.length > longest ? `${line.slice(0, longest)}…` : line;
  return short.replace(active, (character) => (character === '<' ? '&lt;' : `\\${character}`));
}

/** A line of a source as it is, but for what would hide or forge something: invisible characters, tags, the sign of a verdict. */
export function shownLine(line: string): string {
  return line.replace(invisible, '\uFFFD').replace(tag, '‹').replaceAll('⊢', '-');
}

/** Lines with a separator between each two. */
export const listed = (lines: readonly string[], between: string): string[] =>
  lines.flatMap((line, index) => (index === 0 ? [line] : [between, line]));
