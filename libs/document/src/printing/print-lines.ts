/** A heading with its lines; `none` where there are none. */
export function lines(heading: string, content: readonly string[]): string {
  return [heading, ...(content.length > 0 ? content : ['- none'])].join('\n');
}

export function bullets(heading: string, content: readonly string[]): string {
  return lines(
    heading,
    content.map((line) => `- ${line}`),
  );
}

/** A numbered item, its lines indented as deep as Markdown wants it. */
export function numbered(number: number, title: string, content: readonly string[]): string[] {
  const marker = `${number}. `;
  return [`${marker}${title}`, ...content.map((line) => ' '.repeat(marker.length) + line)];
}

/** A fence that nothing in it closes. */
export function fence(content: readonly string[], info: string): string[] {
  const runs = content.flatMap((line) => [...line.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${ticks}${info}`, ...content, ticks];
}

/** A fence below a bullet. */
export function fenceBelow(content: readonly string[], info: string): string[] {
  return fence(content, info).map((line) => `  ${line}`);
}
