import { kindOf, type Plan } from '@backstay/document';

/** Server and name, of each server that a URL lists. */
export type DatabaseIdentity = readonly string[];

/** By the URLs as they are written. */
export type DatabaseIdentities = ReadonlyMap<string, DatabaseIdentity>;

const urlForm =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/?#]*)(?::[^@/?#]*)?@)?(?<hosts>[^/?#]*)\/?(?<path>[^?#]*)\??(?<options>[^#]*)/i;

/**
 * Which database a URL leads to; null: nobody can say. Scheme, login and most options make no other database: migrations have a role of
 * their own. An option stands for its part of the URL.
 */
export function databaseOf(url: string): DatabaseIdentity | null {
  const { groups } = urlForm.exec(url) ?? {};
  if (groups === undefined) return null;
  const { user = '', hosts = '', path = '', options = '' } = groups;
  const option = new URLSearchParams(options);
  const port = option.get('port') ?? '5432';
  const servers = (option.get('host') ?? decoded(hosts)).split(',').map((host) => serverOf(host, port));
  const all = servers.map((server) => `${server}/${option.get('dbname') ?? decoded(path || user)}`);
  const isElsewhere = option.has('hostaddr') || option.has('service') || port.includes(',');
  return isElsewhere || all.some((each) => each.startsWith('/') || each.includes('${')) ? null : all;
}

/** Where either cannot be known they may be one: what is not known to be left alone is restored. */
export const mayBeSame = (one: DatabaseIdentity | null, other: DatabaseIdentity | null): boolean =>
  one === null || other === null || one.some((each) => other.includes(each));

/** The URLs of databases that a plan saves or changes, as they are written. */
export function databaseUrls({ steps, rollback }: Plan): readonly string[] {
  const urls = [...steps, ...rollback.steps].flatMap(({ action, changesDatabase = [] }) => [
    ...kindOf(action).saves(action),
    ...(changesDatabase === 'any' ? [] : changesDatabase),
  ]);
  return [...new Set(urls)];
}

const loopback = new Set(['', 'localhost', '127.0.0.1', '[::1]']);

function serverOf(host: string, port: string): string {
  if (host.startsWith('/')) return '';
  const [, name = '', own = port] = /^(.*?)(?::([^:\]]+))?$/.exec(host.toLowerCase().replace(/\.$/, '')) ?? [];
  return `${loopback.has(name) ? '127.0.0.1' : name}:${own}`;
}

/** Percent-encoded or not; what is neither stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
