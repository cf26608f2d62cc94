/** The same request for the page behind the cursor, which goes into the parameter of that name. */
export function withCursor(url: string, cursor: string, name = 'cursor'): string {
  const [path = '/', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set(name, cursor);
  return `${path}?${parameters.toString()}`;
}

/** RFC 8288: where the next page is; nothing on the last one. */
export function nextLink(url: string, next: string | null, name?: string): Record<string, string> {
  return next === null ? {} : { link: `<${withCursor(url, next, name)}>; rel="next"` };
}
