import { unreadable } from './evidence-result.ts';
import type { FindRules } from './sarif-rules.ts';
import type { Level, Override, Rule } from './sarif-schema.ts';
import type { SarifSteps } from './sarif-steps.ts';

type Overridden = ReadonlyMap<Rule, ReadonlySet<Level>>;

const levelOf = (rule: Rule): Level => rule.defaultConfiguration?.level ?? 'warning';

/**
 * The levels of rules in an invocation (by index; below 0 where nobody says which): those that its overrides ask for, else the rules'
 * own. Where the invocation is not known, the rules' own and every override count. Throws `Unusable` for an override without its rule.
 */
export function levelsAskedFor(
  overrides: readonly (readonly Override[] | null | undefined)[],
  find: FindRules,
  path: string,
  steps: SarifSteps,
): (rules: readonly Rule[], invocation: number) => readonly Level[] {
  const read = (list: readonly Override[]): Overridden => {
    const levels = new Map<Rule, Set<Level>>();
    for (const { descriptor, configuration } of list) {
      const { rules, isDangling, isUnlisted } = find(descriptor);
      if (isDangling || isUnlisted || rules.length === 0)
        throw unreadable(`${path} sets the level of a rule that it does not have`);
      if (configuration.level === undefined) continue;
      for (const rule of rules) levels.set(rule, (levels.get(rule) ?? new Set()).add(configuration.level));
    }
    return levels;
  };
  const each = overrides.map((list) => read(list ?? []));
  const all = read(overrides.flatMap((list) => list ?? []));
  return (rules, invocation) => {
    steps.take(rules.length);
    const asked = invocation < 0 ? all : each[invocation];
    const overridden = rules.flatMap((rule) => [...(asked?.get(rule) ?? [])]);
    return invocation >= 0 && overridden.length > 0 ? overridden : [...rules.map(levelOf), ...overridden];
  };
}
