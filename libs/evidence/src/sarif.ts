import { z } from 'zod';
import { noData, unreadable } from './evidence-result.ts';
import { add, severityOf, wordFor, noFindings, type FindingCounts, type Severity } from './finding-counts.ts';
import { levelsAskedFor } from './sarif-overrides.ts';
import { rulesOf, type FindRules } from './sarif-rules.ts';
import {
  sarifSchema,
  type Invocation,
  type Level,
  type Notification,
  type Result,
  type Rule,
  type Run,
} from './sarif-schema.ts';
import { SarifSteps } from './sarif-steps.ts';

/** Counts the results of a SARIF 2.1 log. Throws `Unusable` where it is none, or says that the scan did not end well. */
export function countSarif(json: unknown, path: string, steps = new SarifSteps(path)): FindingCounts {
  const log = sarifSchema.safeParse(json);
  if (!log.success) throw unreadable(`${path} is not a SARIF 2.1 log: ${firstProblem(log.error)}`);
  if (log.data.inlineExternalProperties?.length) throw unreadable(`${path} keeps properties of its runs beside them`);
  if (log.data.runs.length === 0) throw noData(`${path} holds no run of a scanner`);
  return log.data.runs.map((run) => countRun(run, path, steps)).reduce(add);
}

function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.message.slice(0, 200) ?? 'of another form'} at ${issue?.path.join('.') ?? ''}`;
}

function countRun(run: Run, path: string, steps: SarifSteps): FindingCounts {
  mustHaveEndedWell(run, path, steps);
  if (run.externalPropertyFileReferences !== undefined && run.externalPropertyFileReferences !== null)
    throw unreadable(`${path} keeps parts of a run in other files, which are not read in this version`);
  if (run.policies?.length) throw unreadable(`${path} brings policies of severity, which are not read in this version`);
  if (!run.results) throw noData(`${path} holds a run without results`);
  const present = run.results.filter(({ baselineState, kind }) => baselineState !== 'absent' && !isFine(kind));
  const counted = present.filter((result) => !isSuppressed(result));
  const severityIn = severitiesOf(run, path, steps);
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
function mustHaveEndedWell(run: Run, path: string, steps: SarifSteps): void {
  const invocations = run.invocations ?? [];
  if (invocations.some((invocation) => !isEnded(invocation)))
    throw unreadable(`${path} says that the scan did not run to its end`);
  const find = rulesOf(run, 'notifications', steps);
  const overrides = invocations.map(({ notificationConfigurationOverrides }) => notificationConfigurationOverrides);
  const levelsOf = levelsAskedFor(overrides, find, path, steps);
  for (const [index, each] of invocations.entries())
    for (const notice of [...(each.toolExecutionNotifications ?? []), ...(each.toolConfigurationNotifications ?? [])])
      mustBeHarmless(notice, path, find, (rules) => levelsOf(rules, index));
}

const isEnded = ({ executionSuccessful, exitSignalName, processStartFailureMessage }: Invocation): boolean =>
  executionSuccessful && exitSignalName === undefined && processStartFailureMessage === undefined;

/** Without a level of its own or of its descriptor it is a warning, also with an exception (§3.58.6, §3.50.3). */
function mustBeHarmless(
  { level, descriptor = {} }: Notification,
  path: string,
  find: FindRules,
  levelsOf: LevelsOf,
): void {
  const { rules, isUnlisted, isDangling } = find(descriptor);
  if (level === 'error' || (level === undefined && levelsOf(rules).includes('error')))
    throw unreadable(`${path} notes an error of the scan itself`);
  const names = Object.keys(descriptor).length > 0;
  if (level === undefined && (isUnlisted || (names && isDangling)))
    throw unreadable(`${path} has a notification of the scan whose level is not known`);
}

type LevelsOf = (rules: readonly Rule[]) => readonly Level[];

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
function severitiesOf(run: Run, path: string, steps: SarifSteps): (result: Result) => Judged {
  const find = rulesOf(run, 'rules', steps);
  const overrides = (run.invocations ?? []).map(({ ruleConfigurationOverrides }) => ruleConfigurationOverrides);
  const levelsOf = levelsAskedFor(overrides, find, path, steps);
  const components = [run.tool.driver, ...(run.tool.extensions ?? [])];
  const isScored = components.some(({ rules = [] }) => rules.some((rule) => scoreOf(rule) !== undefined));
  return (result) => {
    const { rules, isDangling, isUnlisted } = find({ id: result.ruleId, index: result.ruleIndex }, result.rule);
    const invocation = result.provenance?.invocationIndex ?? -1;
    const levels = result.level === undefined ? levelsOf(rules, invocation) : [result.level];
    const scores = [result, ...rules].map(scoreOf).filter((each) => each !== undefined);
    const severities = scores.map(severityOf);
    if (levels.includes('error') || severities.includes('severe')) return { severity: 'severe', word: '' };
    const strange = severities.indexOf('unknown');
    if (strange >= 0) return { severity: 'unknown', word: wordFor(scores[strange]) };
    if (invocation >= overrides.length) return { severity: 'unknown', word: 'its invocation is not there' };
    // Where rules have scores, a result's own level says less than the score of its rule would.
    const isEnough = result.level !== undefined && (!isScored || scoreOf(result) !== undefined);
    const isMild = !isDangling && (!isUnlisted || isEnough);
    return isMild ? { severity: 'mild', word: '' } : { severity: 'unknown', word: 'its rule is not there' };
  };
}

const scoreOf = ({ properties }: Pick<Result | Rule, 'properties'>): unknown => properties?.['security-severity'];
