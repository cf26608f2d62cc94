/** `<category>-<id>`: a category has no dash, an id may have some. */
export type StreamName = `${string}-${string}`;

export function streamName(category: string, id: string): StreamName {
  return `${category}-${id}`;
}

/** `deployment-<id>` → category and id. A text without a dash is a category with an empty id. */
export function parseStreamName(stream: string): { readonly category: string; readonly id: string } {
  const dash = stream.indexOf('-');
  return dash < 0 ? { category: stream, id: '' } : { category: stream.slice(0, dash), id: stream.slice(dash + 1) };
}
