import type { Needs } from './needs.ts';
import type { Command, Plan } from './plan.ts';
import type { Report } from './report.ts';
import { checkReferences, knownNames, variablesOf, type Known } from './variables.ts';

/** Decides what the document alone could not: variables that bindings may declare as names of secrets. */
export function checkUndecided(needs: Needs, report: Report): void {
  const { document, bindings } = needs;
  if (!bindings || document.undecided.length === 0) return;
  checkReferences(document.undecided, knownTo(needs), report);
}

function knownTo({ document, bindings }: Needs): Known {
  const bound = Object.values(bindings?.secrets ?? {}).map((names) => ({ names }));
  return knownNames(document.variables, [...document.secrets, ...bound]);
}

/** Checks the variables in what bindings contribute: commands, and the requests of smoke tests. */
export function checkBoundVariables(plan: Plan, needs: Needs): void {
  const { bindings } = needs;
  if (!bindings) return;
  const known = knownTo(needs);
  const commands = [
    ...(bindings.build ?? []),
    ...(bindings.migrate?.up ?? []),
    ...(bindings.migrate?.down ?? []),
    ...(bindings.start ? [bindings.start] : []),
  ];
  for (const command of commands) checkCommand(command, known, needs);
  const captured = new Set<string>();
  for (const test of plan.smokeTests) {
    const bound = Object.entries(bindings.smoke).find(
      ([title]) => title.toLowerCase() === test.title.toLowerCase(),
    )?.[1];
    const texts = bound ? [bound.body ?? '', ...Object.values(bound.headers)] : [];
    const names = texts.flatMap((text) => variablesOf(text).map(({ name }) => name));
    const unknown = names.find((name) => !isKnown(name, known) && !captured.has(name) && !name.startsWith('smoke.'));
    if (unknown !== undefined) {
      const message = `\`smoke\` in .backstay.yaml uses \${${unknown}} for “${test.title}”, which is no variable, no secret and no capture of an earlier flow`;
      needs.block('unknown-variable', message, test.source.line);
    }
    for (const name of Object.keys(test.captures)) captured.add(name);
  }
}

function isKnown(name: string, known: Known): boolean {
  return known.variables.has(name) || known.secrets.has(name);
}

function checkCommand(command: Command, known: Known, needs: Needs): void {
  for (const { name } of variablesOf(command.text)) {
    if (known.secrets.has(name)) {
      const message = `\`${command.text}\` in .backstay.yaml shows the secret \${${name}} in the process list; the command finds it in its environment`;
      needs.block('secret-in-argv', message, 1);
    } else if (!known.variables.has(name)) {
      needs.block(
        'unknown-variable',
        `\`${command.text}\` in .backstay.yaml uses \${${name}}, which nothing declares`,
        1,
      );
    }
  }
}
