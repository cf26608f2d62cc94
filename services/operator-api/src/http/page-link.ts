/** The same request for the page behind the cursor. */
export function withCursor(url: string, cursor: string): string {
  const [path = '/', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}

/** RFC 8288: where the next page is; nothing on the last one. */
export function nextLink(url: string, next: string | null): Record<string, string> {
  return next === null ? {} : { link: `<${withCursor(url, next)}>; rel="next"` };
}
