import { byName } from './entries.ts';
import type { Needs } from './needs.ts';
import type { Secret } from '../plan/configuration.ts';
import type { SmokeTest } from '../plan/checks.ts';
import type { Report } from '../problems/report.ts';
import { checkReferences, knownNames, variablesOf, type Known } from '../values/variables.ts';

/** Decides what the document alone could not: variables that bindings may declare as names of secrets. */
export function checkUndecided(needs: Needs, report: Report): void {
  const { document, bindings } = needs;
  const isOpen = document.secrets.some(({ title, names }) => !names && !byName(bindings?.secrets, title));
  if (!bindings || isOpen || document.undecided.length === 0) return;
  checkReferences(document.undecided, knownTo(needs), report);
}

function knownTo({ document, bindings }: Needs): Known {
  const bound = Object.values(bindings?.secrets ?? {}).map((names) => ({ names }));
  return knownNames(document.variables, [...document.secrets, ...bound]);
}

/** Checks the variables in the commands and addresses that bindings contribute. */
export function checkBoundVariables(needs: Needs): void {
  const { bindings } = needs;
  if (!bindings) return;
  const known = knownTo(needs);
  const commands = [
    ...(bindings.build ?? []),
    ...(bindings.migrate?.up ?? []),
    ...(bindings.migrate?.down ?? []),
    ...(bindings.start ? [bindings.start] : []),
    ...(bindings.logs?.command ? [bindings.logs.command] : []),
  ];
  const { version, logs } = bindings;
  const { url, query, headers = {} } = logs?.loki ?? {};
  const addresses = [version?.request.path, url, query, ...Object.values(headers)].filter((text) => text !== undefined);
  for (const { text } of commands) checkText(text, true, known, needs);
  for (const text of addresses) checkText(text, false, known, needs);
}

/** Names that the bindings' smoke requests use and nothing else declares: accounts of the checks, looked up as secrets are. */
export function smokeSecrets(tests: readonly SmokeTest[], needs: Needs): Secret[] {
  const known = knownTo(needs);
  return tests.flatMap((test) => {
    const used = new Set(boundTexts(test).flatMap((text) => variablesOf(text).map(({ name }) => name)));
    const names = [...used].filter((name) => !isKnown(name, known) && !name.startsWith('smoke.'));
    const { title, source } = test;
    return names.length === 0 ? [] : [{ title: `Smoke test ${title}`, names, origin: 'bindings' as const, source }];
  });
}

/** What bindings say of the request rather than the document. */
function boundTexts({ request, bound = [] }: SmokeTest): string[] {
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => bound.includes(`headers.${name}`));
  return [...(bound.includes('body') ? [request.body ?? ''] : []), ...headers.map(([, value]) => value)];
}

function isKnown(name: string, known: Known): boolean {
  return known.variables.has(name) || known.secrets.has(name);
}

function checkText(text: string, isCommand: boolean, known: Known, needs: Needs): void {
  for (const { name } of variablesOf(text)) {
    if (isCommand && known.secrets.has(name)) {
      const message = `\`${text}\` in .backstay.yaml shows the secret \${${name}} in the process list; the command finds it in its environment`;
      needs.block('secret-in-argv', message, 1);
    } else if (!isKnown(name, known)) {
      needs.block('unknown-variable', `\`${text}\` in .backstay.yaml uses \${${name}}, which nothing declares`, 1);
    }
  }
}
