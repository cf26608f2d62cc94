import type { SarifSteps } from './sarif-steps.ts';
import type { Component, Reference, Rule, Run } from './sarif-schema.ts';

export interface FoundRules {
  /** Each rule that the references can mean; a reference by index and id that contradict one another means both. */
  readonly rules: readonly Rule[];
  /**
   * An index, guid or component is named that the log does not have, or nothing is named where it has rules: what a rule would say of
   * the severity is missing.
   */
  readonly isDangling: boolean;
  /** An id is named that no rule has. Logs need not describe every rule: what the result says of itself may be enough. */
  readonly isUnlisted: boolean;
}

export type FindRules = (...references: (Reference | undefined)[]) => FoundRules;

type Named = { readonly rules: readonly Rule[]; readonly isUnlisted: boolean };
const unnamed: Named = { rules: [], isUnlisted: false };

/** Finds rules (or the descriptors of notifications) by index, id or guid, in the component that the reference names. */
export function rulesOf({ tool }: Run, kind: 'rules' | 'notifications', steps: SarifSteps): FindRules {
  const components = [tool.driver, ...(tool.extensions ?? [])].map((each) => new Rules(each, kind));
  for (const { list } of components) steps.take(list.length);
  const [driver, ...extensions] = components as [Rules, ...Rules[]];
  const byName = firstBy(components, ({ name }) => name);
  const byGuid = firstBy(components, ({ guid }) => guid?.toLowerCase());
  const everywhere = grouped(
    components.flatMap(({ list }) => list),
    ({ id }) => id,
  );
  const componentOf = ({ index = -1, guid, name }: NonNullable<Reference['toolComponent']>): Rules | undefined => {
    if (index >= 0) return extensions[index];
    if (guid !== undefined) return byGuid.get(guid.toLowerCase());
    return name === undefined ? driver : byName.get(name);
  };
  const named = (component: Rules, id: string | undefined): Named => {
    if (id === undefined) return unnamed;
    const rules = rulesBy(id, component.byId, steps) ?? rulesBy(id, everywhere, steps);
    return { rules: rules ?? [], isUnlisted: rules === undefined };
  };

  return (...references) => {
    // `result.rule` says which component `ruleIndex` and `ruleId` are of.
    const place = references.find((each) => each?.toolComponent !== undefined)?.toolComponent;
    const component = place === undefined ? driver : componentOf(place);
    const there = references.flatMap((each) => (each === undefined ? [] : [each]));
    const pointed = there.flatMap((each) => (component ?? driver).pointedBy(each));
    const byId = there.map(({ id }) => named(component ?? driver, id));
    const groups = [
      ...pointed.flatMap((each) => (each === undefined ? [] : [each])),
      ...byId.map((each) => each.rules),
    ];
    for (const group of groups) steps.take(group.length);
    return {
      rules: groups.length === 1 ? groups[0]! : [...new Set(groups.flat())],
      isDangling:
        component === undefined ||
        pointed.includes(undefined) ||
        (component.list.length > 0 && there.every((each) => !isNamed(each))),
      isUnlisted: byId.some((each) => each.isUnlisted),
    };
  };
}

const isNamed = (reference: Reference): boolean =>
  reference.id !== undefined || reference.guid !== undefined || (reference.index ?? -1) >= 0;

/** The rules of one component, by id and guid: a large log names them very often. */
class Rules {
  readonly name: string | undefined;
  readonly guid: string | undefined;
  readonly list: readonly Rule[];
  readonly byId: ReadonlyMap<string, readonly Rule[]>;
  readonly #byGuid: ReadonlyMap<string, readonly Rule[]>;

  constructor(component: Component, kind: 'rules' | 'notifications') {
    this.name = component.name;
    this.guid = component.guid;
    this.list = component[kind] ?? [];
    this.byId = grouped(this.list, ({ id }) => id);
    this.#byGuid = grouped(this.list, ({ guid }) => guid?.toLowerCase());
  }

  /** Undefined for each index or guid that is not there. */
  pointedBy({ index = -1, guid }: Reference): (readonly Rule[] | undefined)[] {
    const rule = this.list[index];
    return [
      ...(index < 0 ? [] : [rule && [rule]]),
      ...(guid === undefined ? [] : [this.#byGuid.get(guid.toLowerCase())]),
    ];
  }
}

/** By the whole name, or by what it is below: `CA1000/1` is of the rule `CA1000` (§3.27.5). */
function rulesBy(
  id: string,
  byId: ReadonlyMap<string, readonly Rule[]>,
  steps: SarifSteps,
): readonly Rule[] | undefined {
  steps.take(1);
  for (let name = id; name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('/'), 0))) {
    const found = byId.get(name);
    if (found) return found;
    // A name is looked up by all of its characters, and one may have thousands of parts.
    steps.take(name.includes('/') ? name.length : 0);
  }
  return undefined;
}

function firstBy<Item>(items: readonly Item[], keyOf: (item: Item) => string | undefined): ReadonlyMap<string, Item> {
  return new Map([...grouped(items, keyOf)].flatMap(([key, [first]]) => (first === undefined ? [] : [[key, first]])));
}

function grouped<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
