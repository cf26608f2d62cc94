import { InvalidArgumentError } from 'commander';
import type { EvidenceEntry } from '@backstay/api-contract';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1h30m` as milliseconds. */
export function durationOption(text: string): number {
  if (!/^(\d+(ms|[smhd]))+$/.test(text)) throw new InvalidArgumentError('Expected a duration such as 90s or 1h30m.');
  const parts = [...text.matchAll(/(\d+)(ms|[smhd])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as string]!, 0);
}

export function countOption(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a positive number.');
  return Number(text);
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return port;
}

/** Any number of times. */
export const listOption = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `NAME=value`, any number of times. */
export function labelOption(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (!name || value === undefined) throw new InvalidArgumentError('Expected NAME=value.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice; give it once.`);
  return { ...before, [name]: value };
}

/** The forms of report that the platform reads. */
export const evidenceKinds: readonly string[] = ['junit', 'sarif', 'npm-audit', 'trivy', 'grype'];

/** Without the contract's own schema, which takes longer to load than most commands take. */
const evidenceFields = { kind: true, path: true, url: true, sha256: true, commit: true } satisfies Readonly<
  Record<keyof EvidenceEntry, true>
>;

/** `kind=junit,path=reports/junit.xml,sha256=…,commit=…`, any number of times. */
export function evidenceOption(text: string, before: readonly EvidenceEntry[] = []): readonly EvidenceEntry[] {
  const entries = text.split(',').map((field) => splitField(field));
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index);
  if (twice) throw new InvalidArgumentError(`${twice[0]} is given twice in ${text}; give it once.`);
  const fields = Object.fromEntries(entries);
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(evidenceFields, name));
  if (unknown || !fields.kind || !fields.sha256 || Boolean(fields.path) === Boolean(fields.url))
    throw new InvalidArgumentError('Expected kind=KIND,path=PATH,sha256=DIGEST[,commit=COMMIT], or url= for path=.');
  if (!evidenceKinds.includes(fields.kind))
    throw new InvalidArgumentError(
      `Unknown kind of report ${fields.kind}; expected one of ${evidenceKinds.join(', ')}.`,
    );
  const { kind, path, url, sha256, commit } = fields;
  return [...before, { kind, sha256, ...(path && { path }), ...(url && { url }), ...(commit && { commit }) }];
}

function splitField(field: string): [string, string] {
  const at = field.indexOf('=');
  return at < 1 ? [field, ''] : [field.slice(0, at).trim(), field.slice(at + 1).trim()];
}
