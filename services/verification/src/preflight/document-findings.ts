import type { Finding } from '@backstay/deployment';
import { hasNoValue, type Lookup, placeOfUrl, type Plan, substitute } from '@backstay/document';
import { allowList, namesInEnvironment } from '@backstay/guarded-io';
import { isJsonPath } from '@backstay/checks';
import { namesOf, reachesOf, type Reach } from './requests.ts';

/** What keeps the checks from being made, reported without calling anything. */
export function documentFindings(plan: Plan, lookup: Lookup): readonly Finding[] {
  const reaches = reachesOf(plan);
  return [
    ...reaches.flatMap((reach) => missingNames(plan, reach, lookup)),
    ...reaches.flatMap((reach) => notAllowed(plan, reach, lookup)),
    ...reaches.flatMap(badPaths),
  ];
}

const blocking = (code: string, subject: string, message: string, line?: number): Finding => ({
  code,
  subject,
  ok: false,
  blocking: true,
  message,
  ...(line === undefined ? {} : { line }),
});

function missingNames(plan: Plan, reach: Reach, lookup: Lookup): readonly Finding[] {
  const missing = namesOf(reach).filter((name) => !reach.given(name) && lookup(name) === undefined);
  return missing.map((name) => {
    const secret = secretBehind(name, plan);
    if (secret === undefined)
      return blocking('missing-variable', name, `nothing provides \${${name}}, which ${reach.title} uses`, reach.line);
    const looked = namesInEnvironment(plan.environment, secret).join(', then ');
    const message = `the secret ${secret} is not provided: looked for ${looked}; ${reach.title} uses it as \${${name}}`;
    return blocking('missing-secret', secret, message, reach.line);
  });
}

/** The secret that a name stands for, as the document says. */
function secretBehind(name: string, { environmentVariables, secrets }: Plan): string | undefined {
  const variable = environmentVariables.find((each) => each.name === name);
  if (variable) return variable.from === 'secret' ? (variable.secret ?? name) : undefined;
  return secrets.some(({ names }) => names.includes(name)) ? name : undefined;
}

function notAllowed(
  { baseUrl, allow }: Plan,
  { title, address, line, given }: Reach,
  lookup: Lookup,
): readonly Finding[] {
  const place =
    address === null
      ? undefined
      : placeOf(address, baseUrl, (name) => lookup(name) ?? (given(name) ? 'given' : undefined));
  if (place === undefined || allowList([...allow]).permitsHost(place.host, place.port)) return [];
  const message = `${title} calls it, and it is not in the allow-list of this environment`;
  return [blocking('not-allowed', place.shown, message, line)];
}

/** Undefined where a name without a value hides it, which is a finding of its own, or where nothing is called. */
function placeOf(address: string, baseUrl: string | null, lookup: Lookup): ReturnType<typeof placeOfUrl> {
  const fullAddress = /^[a-z][a-z0-9+.-]*:\/\/|^\$\{/i.test(address) ? resolved(address, lookup) : baseUrl;
  return placeOfUrl(fullAddress ?? '');
}

function resolved(address: string, lookup: Lookup): string | null {
  try {
    return substitute(address, lookup);
  } catch (error) {
    if (hasNoValue(error)) return null;
    throw error;
  }
}

function badPaths({ title, paths, line }: Reach): readonly Finding[] {
  return paths
    .filter((path) => !isJsonPath(path))
    .map((path) => blocking('bad-jsonpath', path, `${title} reads it, and it is no JSONPath`, line));
}
