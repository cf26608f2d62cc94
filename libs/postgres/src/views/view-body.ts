// Escapes that PostgreSQL's JSON type refuses: NUL, and halves of surrogate pairs that stand alone.
const refused = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** JSON text of a view's row. What the database cannot hold becomes U+FFFD; the event keeps it as it was. */
export function bodyText(body: unknown): string {
  const text = JSON.stringify(body);
  return text.includes('\\u') ? text.replace(refused, '$1\\ufffd') : text;
}
