import { z } from 'zod';
import { noData, unreadable } from './evidence-result.ts';
import { add, severityOf, wordFor, noFindings, type FindingCounts, type Severity } from './finding-counts.ts';
import { rulesOf } from './sarif-rules.ts';
import {
  sarifSchema,
  type Invocation,
  type Level,
  type Override,
  type Result,
  type Rule,
  type Run,
} from './sarif-schema.ts';

/** Counts the results of a SARIF 2.1 log. Throws `Unusable` where it is none, or says that the scan did not end well. */
export function countSarif(json: unknown, path: string): FindingCounts {
  const log = sarifSchema.safeParse(json);
  if (!log.success) throw unreadable(`${path} is not a SARIF 2.1 log: ${firstProblem(log.error)}`);
  if (log.data.inlineExternalProperties?.length) throw unreadable(`${path} keeps properties of its runs beside them`);
  if (log.data.runs.length === 0) throw noData(`${path} holds no run of a scanner`);
  return log.data.runs.map((run) => countRun(run, path)).reduce(add);
}

function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.message.slice(0, 200) ?? 'of another form'} at ${issue?.path.join('.') ?? ''}`;
}

function countRun(run: Run, path: string): FindingCounts {
  for (const invocation of run.invocations ?? []) mustHaveEndedWell(invocation, run, path);
  if (run.externalPropertyFileReferences !== undefined && run.externalPropertyFileReferences !== null)
    throw unreadable(`${path} keeps parts of a run in other files, which are not read in this version`);
  if (run.policies?.length) throw unreadable(`${path} brings policies of severity, which are not read in this version`);
  if (!run.results) throw noData(`${path} holds a run without results`);
  const present = run.results.filter(({ baselineState, kind }) => baselineState !== 'absent' && !isFine(kind));
  const counted = present.filter((result) => !isSuppressed(result));
  const find = rulesOf(run, 'rules');
  for (const { descriptor } of (run.invocations ?? []).flatMap((each) => each.ruleConfigurationOverrides ?? []))
    if (find(descriptor).isDangling) throw unreadable(`${path} sets the level of a rule that it does not have`);
  const severityIn = severitiesOf(run, find);
  const severities = counted.map(severityIn);
  const unknown = severities.filter(({ severity }) => severity === 'unknown');
  return {
    ...noFindings,
    severe: severities.filter(({ severity }) => severity === 'severe').length,
    unknown: unknown.length,
    unknownWords: [...new Set(unknown.map(({ word }) => word))].slice(0, 3),
    findings: counted.length,
    suppressed: present.length - counted.length,
  };
}

/** An invocation that had an error of its own may not have looked at everything (SARIF 2.1.0 §3.20.14, §3.20.21, §3.20.22). */
function mustHaveEndedWell(invocation: Invocation, run: Run, path: string): void {
  const { executionSuccessful, exitSignalName, processStartFailureMessage } = invocation;
  if (!executionSuccessful || exitSignalName !== undefined || processStartFailureMessage !== undefined)
    throw unreadable(`${path} says that the scan did not run to its end`);
  const notices = [
    ...(invocation.toolExecutionNotifications ?? []),
    ...(invocation.toolConfigurationNotifications ?? []),
  ];
  const find = rulesOf(run, 'notifications');
  const isError = notices.some(({ level, descriptor }) => {
    const { rules } = find(descriptor ?? {});
    return [level, ...(level === undefined ? rules.map(levelOf) : [])].includes('error');
  });
  if (isError) throw unreadable(`${path} notes an error of the scan itself`);
}

const levelOf = (rule: Rule): Level => rule.defaultConfiguration?.level ?? 'warning';

/** Results that report no problem. */
const isFine = (kind: string | undefined) => kind === 'pass' || kind === 'notApplicable' || kind === 'informational';

/** One that somebody refused, or has yet to look at, takes the others' word away. */
const isSuppressed = ({ suppressions }: Result) =>
  !!suppressions?.length && suppressions.every(({ status }) => status === undefined || status === 'accepted');

interface Judged {
  readonly severity: Severity;
  readonly word: string;
}

/**
 * The severity of a result: the worst that its level (§3.27.10: its own, else that of an override, else that of its rule, else
 * `warning`) and the `security-severity` of result and rule say. Where a reference could mean several rules, all of them count.
 */
function severitiesOf(run: Run, find: ReturnType<typeof rulesOf>): (result: Result) => Judged {
  const invocations = (run.invocations ?? []).map(({ ruleConfigurationOverrides }) => ruleConfigurationOverrides ?? []);
  return (result) => {
    const { rules, isDangling } = find({ id: result.ruleId, index: result.ruleIndex }, result.rule);
    const name = result.ruleId ?? result.rule?.id;
    const isOf = ({ descriptor }: Override) =>
      isBelow(name, descriptor.id) || find(descriptor).rules.some((rule) => rules.includes(rule));
    const levels = result.level === undefined ? levelsOf(result, rules, invocations, isOf) : [result.level];
    const written = [result, ...rules].map(({ properties }) => properties?.['security-severity']);
    const scores = written.filter((each) => each !== undefined);
    const severities = scores.map(severityOf);
    if (levels.includes('error') || severities.includes('severe')) return { severity: 'severe', word: '' };
    const strange = severities.indexOf('unknown');
    if (strange >= 0) return { severity: 'unknown', word: wordFor(scores[strange]) };
    return isDangling ? { severity: 'unknown', word: 'its rule is not there' } : { severity: 'mild', word: '' };
  };
}

/** Whether a name is the other one, or below it: `CA1000/1` is below `CA1000`. */
const isBelow = (name: string | undefined, other: string | undefined): boolean =>
  other !== undefined && (name === other || name?.startsWith(`${other}/`) === true);

/** Which invocation a result is of may not be said: then the rule's own level and each override count. */
function levelsOf(
  { provenance }: Result,
  rules: readonly Rule[],
  invocations: readonly (readonly Override[])[],
  isOf: (override: Override) => boolean,
): readonly Level[] {
  const own = rules.map(levelOf);
  const index = provenance?.invocationIndex ?? -1;
  const asked = index < 0 ? invocations.flat() : (invocations[index] ?? []);
  const overridden = asked.filter(isOf).flatMap(({ configuration }) => configuration.level ?? []);
  return index >= 0 && overridden.length > 0 ? overridden : [...own, ...overridden];
}
