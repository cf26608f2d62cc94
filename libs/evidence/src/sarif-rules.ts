import type { Component, Reference, Rule, Run } from './sarif-schema.ts';

interface FoundRules {
  /** Each rule that the references can mean; a reference by index and id that contradict one another means both. */
  readonly rules: readonly Rule[];
  /**
   * An index, guid or component is named that the log does not have, or nothing is named where it has rules: what a rule would say of
   * the severity is missing.
   */
  readonly isDangling: boolean;
}

/** Finds rules (or the descriptors of notifications) by index, id or guid, in the component that the reference names. */
export function rulesOf(
  { tool }: Run,
  kind: 'rules' | 'notifications',
): (...references: (Reference | undefined)[]) => FoundRules {
  const extensions = (tool.extensions ?? []).map((each) => new Rules(each, kind));
  const driver = new Rules(tool.driver, kind);
  const all = [driver, ...extensions];
  return (...references) => {
    // `result.rule` says which component `ruleIndex` and `ruleId` are of.
    const place = references.find((each) => each?.toolComponent !== undefined)?.toolComponent;
    const component = place === undefined ? driver : componentBy(place, driver, extensions);
    const found = references.map((each) => each && (component ?? driver).by(each, all));
    return {
      rules: [...new Set(found.flatMap((each) => each?.rules ?? []))],
      isDangling:
        component === undefined ||
        found.some((each) => each?.isDangling) ||
        (!component.isEmpty && references.every((each) => !isNamed(each))),
    };
  };
}

function componentBy(
  { index = -1, guid, name }: NonNullable<Reference['toolComponent']>,
  driver: Rules,
  extensions: Rules[],
) {
  if (index >= 0) return extensions[index];
  if (guid === undefined && name === undefined) return driver;
  return [driver, ...extensions].find((each) => (guid === undefined ? each.name === name : isSame(each.guid, guid)));
}

const isNamed = (reference: Reference = {}): boolean =>
  reference.id !== undefined || reference.guid !== undefined || (reference.index ?? -1) >= 0;

const isSame = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase();

/** The rules of one component, by id and guid: a large log names them very often. */
class Rules {
  readonly name: string | undefined;
  readonly guid: string | undefined;
  readonly #list: readonly Rule[];
  readonly #byId: ReadonlyMap<string | undefined, readonly Rule[]>;
  readonly #byGuid: ReadonlyMap<string | undefined, readonly Rule[]>;

  constructor(component: Component, kind: 'rules' | 'notifications') {
    this.name = component.name;
    this.guid = component.guid;
    this.#list = component[kind] ?? [];
    this.#byId = grouped(this.#list, ({ id }) => id);
    this.#byGuid = grouped(this.#list, ({ guid }) => guid?.toLowerCase());
  }

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  by({ id, index = -1, guid }: Reference, all: readonly Rules[]): FoundRules {
    const byIndex = index < 0 ? [] : [this.#list[index]];
    const byGuid = guid === undefined ? [] : (this.#byGuid.get(guid.toLowerCase()) ?? [undefined]);
    const own = this.#byName(id);
    const byId = own.length > 0 ? own : (all.map((each) => each.#byName(id)).find((each) => each.length > 0) ?? []);
    const found = [...byIndex, ...byGuid];
    return {
      rules: [...found, ...byId].filter((rule) => rule !== undefined),
      isDangling: found.includes(undefined),
    };
  }

  /** By the whole name, or by what it is below: `CA1000/1` is of the rule `CA1000` (§3.27.5). */
  #byName(id: string | undefined): readonly Rule[] {
    for (let name = id; name !== undefined && name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('/'), 0))) {
      const found = this.#byId.get(name);
      if (found) return found;
    }
    return [];
  }
}

function grouped(
  rules: readonly Rule[],
  keyOf: (rule: Rule) => string | undefined,
): ReadonlyMap<string | undefined, readonly Rule[]> {
  const groups = new Map<string | undefined, Rule[]>();
  for (const rule of rules) groups.set(keyOf(rule), [...(groups.get(keyOf(rule)) ?? []), rule]);
  return groups;
}
