import { nearest } from '../problems/nearest.ts';
import type { Profiles } from '../context/profiles.ts';

export type BlockerCode =
  | 'missing-binding'
  | 'missing-profile-entry'
  | 'missing-consent'
  | 'unsupported-deployer'
  | 'unsupported-hosts'
  | 'unsupported-destination'
  | 'unsupported-backup'
  | 'unknown-variable'
  | 'secret-in-argv';

/** What a YAML file lacks: a key with its value, or one name below a key. Both can be written down as they are. */
export interface Entry {
  readonly key: string;
  /** As YAML writes it. */
  readonly name?: string;
  readonly value: string;
}

/** What to say of a service without an entry in the environment profile: a slip of the name, or the entry to add. */
export function missingService(
  service: string,
  environment: string,
  wanted: readonly Entry[],
  { environments }: Profiles,
): string {
  const known = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  const names = Object.keys(known?.services ?? environments);
  const meant = alike(known ? service : environment, names);
  const missing = known ? `no entry for ${service} in ${environment}` : `no environment ${environment}`;
  const has =
    names.length === 0 ? 'it has none' : `it has ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
  const lines = `${service}: { ${written(wanted)} }`;
  const place = known ? `\`services\` of ${environment}` : '`environments`';
  const advice =
    meant === undefined
      ? `add \`${known ? lines : `${environment}: { services: { ${lines} } }`}\` to ${place}`
      : `did you mean “${meant}”?`;
  return `the environment profile has ${missing}; ${has}; ${advice}`;
}

/** The entries in one line of YAML, each key once. */
function written(wanted: readonly Entry[]): string {
  const plain = new Map<string, string>();
  const nested = new Map<string, Map<string, string>>();
  for (const { key, name, value } of wanted) {
    if (name === undefined) plain.set(key, value);
    else nested.set(key, (nested.get(key) ?? new Map<string, string>()).set(name, value));
  }
  const inner = [...nested].map(([key, names]) => [key, `{ ${[...names].map((each) => each.join(': ')).join(', ')} }`]);
  return [...plain, ...inner].map((each) => each.join(': ')).join(', ');
}

/** A name at most two letters off, or the only one that begins alike. */
function alike(name: string, known: readonly string[]): string | undefined {
  const begun = known.filter((each) => commonStart(each, name) >= Math.max(4, Math.min(each.length, name.length) / 2));
  return nearest(name, known) ?? (begun.length === 1 ? begun[0] : undefined);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** A name as the key of a YAML mapping. */
export function yamlKey(name: string): string {
  return /^[A-Za-z][\w /-]*$/.test(name) && !/^(?:true|false|null|yes|no|on|off)$/i.test(name)
    ? name
    : JSON.stringify(name);
}

/** The value under a name, regardless of case. */
export function byName<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  const found = Object.entries(record ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found?.[1];
}
