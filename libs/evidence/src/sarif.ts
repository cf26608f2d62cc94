import { z } from 'zod';
import { noData, unreadable } from './evidence-result.ts';

/** `severe`: high or critical; `suppressed`: accepted by the scanner's own record and therefore not counted. */
export type FindingCounts = { severe: number; findings: number; suppressed: number };

const level = z.enum(['none', 'note', 'warning', 'error']);

const ruleSchema = z.object({
  id: z.string().optional(),
  defaultConfiguration: z.object({ level: level.optional() }).optional(),
  properties: z.looseObject({ 'security-severity': z.coerce.number().optional() }).optional(),
});
type Rule = z.infer<typeof ruleSchema>;

const componentSchema = z.object({ rules: z.array(ruleSchema).optional() });

const resultSchema = z.object({
  ruleId: z.string().optional(),
  ruleIndex: z.number().int().optional(),
  rule: z
    .object({
      id: z.string().optional(),
      index: z.number().int().optional(),
      toolComponent: z.object({ index: z.number().int().optional() }).optional(),
    })
    .optional(),
  level: level.optional(),
  kind: z.string().optional(),
  suppressions: z.array(z.object({ status: z.string().optional() })).nullish(),
  baselineState: z.string().optional(),
  properties: z.looseObject({ 'security-severity': z.coerce.number().optional() }).optional(),
});
type Result = z.infer<typeof resultSchema>;

const runSchema = z.object({
  tool: z.object({ driver: componentSchema, extensions: z.array(componentSchema).optional() }),
  results: z.array(resultSchema).nullish(),
  invocations: z.array(z.object({ executionSuccessful: z.boolean().optional() })).nullish(),
  externalPropertyFileReferences: z.object({ results: z.array(z.unknown()).optional() }).nullish(),
});
type Run = z.infer<typeof runSchema>;

const sarifSchema = z.object({ version: z.string().regex(/^2\.1/), runs: z.array(runSchema) });

/** Counts the results of a SARIF 2.1 log. Throws `Unusable` where it is none, or says that the scan did not end well. */
export function countSarif(json: unknown, path: string): FindingCounts {
  const log = sarifSchema.safeParse(json);
  if (!log.success) throw unreadable(`${path} is not a SARIF 2.1 log: ${z.prettifyError(log.error).split('\n')[0]}`);
  if (log.data.runs.length === 0) throw noData(`${path} holds no run of a scanner`);
  return log.data.runs.map((run) => countRun(run, path)).reduce(add);
}

export const add = (a: FindingCounts, b: FindingCounts): FindingCounts => ({
  severe: a.severe + b.severe,
  findings: a.findings + b.findings,
  suppressed: a.suppressed + b.suppressed,
});

function countRun(run: Run, path: string): FindingCounts {
  if (run.invocations?.some(({ executionSuccessful }) => executionSuccessful === false)) {
    throw unreadable(`${path} says that the scan did not run to its end`);
  }
  if (run.externalPropertyFileReferences?.results?.length)
    throw unreadable(`${path} keeps its results in other files, which are not read in this version`);
  if (!run.results) throw noData(`${path} holds a run without results`);
  const present = run.results.filter(({ baselineState, kind }) => baselineState !== 'absent' && !isFine(kind));
  const counted = present.filter((result) => !isSuppressed(result));
  const ruleOf = rulesOf(run);
  const severe = counted.filter((result) => isSevere(result, ruleOf(result)));
  return { severe: severe.length, findings: counted.length, suppressed: present.length - counted.length };
}

/** Results that report no problem. */
const isFine = (kind: string | undefined) => kind === 'pass' || kind === 'notApplicable' || kind === 'informational';

/** One that somebody refused, or has yet to look at, takes the others' word away. */
const isSuppressed = ({ suppressions }: Result) =>
  !!suppressions?.length && suppressions.every(({ status }) => status === undefined || status === 'accepted');

function isSevere(result: Result, rule: Rule | undefined): boolean {
  const severity = result.properties?.['security-severity'] ?? rule?.properties?.['security-severity'];
  const declared = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
  return declared === 'error' || (severity !== undefined && severity >= 7);
}

/** Rules by their ids, each component's own and all of them; a large log names them very often. */
function rulesOf({ tool }: Run): (result: Result) => Rule | undefined {
  const components = [tool.driver, ...(tool.extensions ?? [])];
  const all = new Map(components.flatMap(({ rules = [] }) => rules.map((rule) => [rule.id, rule] as const)).reverse());
  return ({ ruleId, ruleIndex, rule }) => {
    const extension = rule?.toolComponent?.index;
    const component = extension === undefined ? tool.driver : tool.extensions?.[extension];
    const index = rule?.index ?? ruleIndex ?? -1;
    return component?.rules?.[index] ?? byName(rule?.id ?? ruleId, all);
  };
}

/** By the whole name, or by what it is below: `CA1000/1` is of the rule `CA1000`. */
function byName(id: string | undefined, rules: ReadonlyMap<string | undefined, Rule>): Rule | undefined {
  for (let name = id; name !== undefined && name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('/'), 0))) {
    const found = rules.get(name);
    if (found) return found;
  }
  return undefined;
}
