const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lines of `NAME="value"` that a shell and systemd read alike; names in order. Throws RangeError for what neither could read. */
export function formatEnvironment(environment: Readonly<Record<string, string>>): string {
  const names = Object.keys(environment).sort();
  return names.map((name) => `${name}="${quoted(name, environment[name] ?? '')}"\n`).join('');
}

function quoted(name: string, value: string): string {
  if (!nameForm.test(name)) throw new RangeError(`${JSON.stringify(name)} cannot be the name of a variable`);
  if (value.includes('\0')) throw new RangeError(`the value of ${name} contains a zero byte`);
  return value.replace(/[\\"$`]/g, '\\$&');
}

const entry = /^([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\[^])*)"$/gm;

/** The inverse of {@link formatEnvironment}. */
export function parseEnvironment(text: string): Record<string, string> {
  const entries = [...text.matchAll(entry)].map(([, name = '', value = '']) => [name, value.replace(/\\([^])/g, '$1')]);
  return Object.fromEntries(entries);
}
