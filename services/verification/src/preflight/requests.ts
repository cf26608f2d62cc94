import { type HealthCheck, namesIn, type Plan, type Request, type SmokeTest } from '@backstay/document';

/** What of the document reaches out: the texts in which names stand, the addresses, and the line that says so. */
export interface Reach {
  readonly title: string;
  readonly line: number;
  readonly texts: readonly string[];
  /** As written, absolute or relative to the base URL. */
  readonly address: string | null;
  readonly paths: readonly string[];
  /** Names that flows before this one give. */
  readonly given: (name: string) => boolean;
}

export function reachesOf({ smokeTests, healthChecks }: Plan): readonly Reach[] {
  return [...smokeTests.map((test) => ofFlow(test, smokeTests)), ...healthChecks.map(ofHealthCheck)];
}

const textsOf = ({ path, headers = {}, body = '' }: Request): readonly string[] => [
  path,
  ...Object.values(headers),
  body,
];

function ofFlow({ number, title, request, expect, captures, source }: SmokeTest, all: readonly SmokeTest[]): Reach {
  const before = all.filter((test) => test.number < number);
  const paths = expect.flatMap((clause) => ('path' in clause && clause.path !== undefined ? [clause.path] : []));
  return {
    title,
    line: source.line,
    texts: textsOf(request),
    address: request.path,
    paths: [...paths, ...Object.values(captures)],
    given: (name) => before.some((test) => givesName(test, name)),
  };
}

/** `NAME` of a capture, `smoke.N.NAME`, `smoke.N.token`, or `smoke.N.$.path`. */
function givesName({ number, captures, expect }: SmokeTest, name: string): boolean {
  if (Object.hasOwn(captures, name)) return true;
  const prefix = `smoke.${number}.`;
  if (!name.startsWith(prefix)) return false;
  const rest = name.slice(prefix.length);
  const hasToken = expect.some((clause) => clause.kind === 'returns' && clause.what === 'jwt');
  return rest.startsWith('$') || Object.hasOwn(captures, rest) || (rest === 'token' && hasToken);
}

function ofHealthCheck({ title, check, source }: HealthCheck): Reach {
  const common = { title, line: source.line, paths: [], given: () => false };
  switch (check.kind) {
    case 'request':
      return { ...common, texts: textsOf(check.request), address: check.request.path };
    case 'version':
      return { ...common, texts: textsOf(check.request), address: check.request.path, paths: [check.jsonPath] };
    case 'url':
      return { ...common, texts: [check.url], address: check.url };
    case 'database':
    case 'cache':
      return { ...common, texts: [check.url], address: null };
  }
}

export const namesOf = ({ texts }: Reach): readonly string[] => [...new Set(texts.flatMap(namesIn))];
