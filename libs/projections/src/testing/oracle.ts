import type { Criterion, Plan, Step } from '@backstay/document';

/**
 * What must be true of each criterion in each state, written manually from the text of the rules and from nothing else: the
 * product's own rules are held against it. Knows one deployment alone, as if it were the first of its service.
 */

export type Verdict = 'met' | 'unmet' | 'waiting' | 'unknown';
/** As a stream and an audit trail report it. */
export interface ObservedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}
type Kind = Criterion['rule']['kind'];
type Data = Readonly<Record<string, unknown>>;

const endings = [
  'DeploymentSucceeded',
  'DeploymentFailed',
  'DeploymentCancelled',
  'DeploymentSuperseded',
  'DeploymentRejected',
  'DeploymentAbandoned',
  'DeploymentRolledBack',
  'RollbackFailed',
  'DeploymentHalted',
];

/** What may prove a criterion of this kind. */
export const provingEvents: Readonly<Record<Kind, readonly string[]>> = {
  'tests-passed': ['StepSucceeded'],
  'scans-passed': ['StepSucceeded'],
  'validated-in-staging': ['DeploymentSucceeded'],
  'rollback-tested': ['DeploymentRolledBack'],
  'smoke-tests-tested': ['SmokeTestPassed'],
  'dashboards-configured': ['PreflightReported', 'StepSucceeded'],
  'documentation-updated': ['StepSucceeded', 'StepFailed', 'EvidenceRead', 'CriterionConfirmed'],
  'team-notified': ['StepSucceeded', 'NoticeDelivered'],
  executed: ['ExecutionCompleted'],
  'smoke-tests-passed': ['VerificationPassed', 'SmokeTestPassed'],
  'no-critical-errors': ['LogsRead'],
  'performance-acceptable': ['MonitoringPassed'],
  limit: ['WatchStarted', 'MeasurementsTaken'],
  evidence: ['StepSucceeded', 'LogsRead', 'EvidenceRead'],
  manual: ['CriterionConfirmed'],
};

/** Of every criterion of the plan, in its order; `events` are those of the deployment up to the state in question. */
export function expectedVerdicts(plan: Plan, events: readonly ObservedEvent[]): readonly Verdict[] {
  const seen = new Seen(plan, events);
  return plan.acceptanceCriteria.map(({ rule, line }) => {
    switch (rule.kind) {
      case 'tests-passed':
        return seen.ofSteps('junit');
      case 'scans-passed':
        return seen.ofSteps('sarif');
      case 'validated-in-staging':
        return seen.validatedInStaging;
      case 'rollback-tested':
        return seen.rolledBack;
      case 'smoke-tests-tested':
        return seen.flowsInRehearsal;
      case 'dashboards-configured':
        return seen.dashboards;
      case 'documentation-updated':
        return seen.documentation;
      case 'team-notified':
        return seen.notified;
      case 'executed':
        return seen.either(['ExecutionCompleted'], ['ExecutionFailed']);
      case 'smoke-tests-passed':
        return seen.flows;
      case 'no-critical-errors':
        return seen.logs;
      case 'performance-acceptable':
        return seen.performance;
      case 'limit':
        return seen.limitUnmeasured;
      case 'evidence':
        return seen.ofLine(line, JSON.stringify(rule.evidence));
      case 'manual':
        return seen.confirmed(line);
    }
  });
}

const worstOf = (verdicts: readonly Verdict[]): Verdict =>
  (['unmet', 'unknown', 'waiting'] as const).find((each) => verdicts.includes(each)) ?? 'met';

class Seen {
  readonly #plan: Plan;
  readonly #events: readonly { readonly type: string; readonly data: Data }[];

  constructor(plan: Plan, events: readonly ObservedEvent[]) {
    this.#plan = plan;
    this.#events = events.map(({ type, data }) => ({ type, data: data as Data }));
  }

  #last(...types: readonly string[]) {
    return this.#events.findLast(({ type }) => types.includes(type));
  }

  get #ended(): boolean {
    return this.#last(...endings) !== undefined;
  }

  get #over(): boolean {
    return this.#ended || this.#last('RollbackTriggered') !== undefined;
  }

  get #isRehearsal(): boolean {
    return this.#last('DeploymentRequested')?.data['kind'] === 'rehearsal';
  }

  /** Met or broken by the later of these; otherwise it may come, until nothing comes any more. */
  either(good: readonly string[], bad: readonly string[]): Verdict {
    const last = this.#last(...good, ...bad);
    if (last === undefined) return this.#over ? 'unmet' : 'waiting';
    return good.includes(last.type) ? 'met' : 'unmet';
  }

  /** How the step ended, while nothing more comes of it; null: nothing did. */
  #endOf({ id }: Step): { readonly type: string; readonly data: Data } | 'open' | null {
    const of = this.#events.filter(({ type, data }) => type.startsWith('Step') && data['step'] === id);
    const last = of.at(-1);
    if (last?.type === 'StepStarted' && !this.#ended) return 'open';
    const goesOn =
      last === undefined ||
      ['StepInterrupted', 'StepUnknown'].includes(last.type) ||
      (last.type === 'StepFailed' && last.data['willRetryAt'] !== null) ||
      (last.type === 'StepResolved' && last.data['outcome'] === 'retry');
    if (goesOn && !this.#over) return 'open';
    return of.findLast(({ type }) => type === 'StepSucceeded' || type === 'StepFailed') ?? null;
  }

  #steps(isWanted: (step: Step) => boolean): readonly Step[] {
    const { environment, steps } = this.#plan;
    return steps.filter((step) => (step.onlyIn ?? [environment]).includes(environment) && isWanted(step));
  }

  #reading(found: Data | undefined): Verdict {
    switch (found?.['verdict']) {
      case 'pass':
        return found['attested'] === true || this.#plan.acceptsUnattested ? 'met' : 'unmet';
      case 'fail':
        return 'unmet';
      default:
        return 'unknown';
    }
  }

  #readBy(steps: readonly Step[]): Verdict {
    if (steps.length === 0) return 'unmet';
    return worstOf(
      steps.map((step) => {
        const end = this.#endOf(step);
        if (end === 'open') return 'waiting';
        const result = end?.data['result'] as Data | undefined;
        const verdict = end === null ? 'unmet' : this.#reading(result?.['evidence'] as Data | undefined);
        return verdict === 'met' && end?.type === 'StepFailed' ? 'unmet' : verdict;
      }),
    );
  }

  ofSteps(reader: string): Verdict {
    return this.#readBy(this.#steps(({ action }) => action.kind === 'evidence' && action.evidence.reader === reader));
  }

  ofLine(line: number, evidence: string): Verdict {
    const read = this.#events.find(({ type, data }) => type === 'EvidenceRead' && data['line'] === line);
    if (read !== undefined) return this.#reading(read.data['reading'] as Data);
    const steps = this.#steps(
      ({ action }) => action.kind === 'evidence' && JSON.stringify(action.evidence) === evidence,
    );
    if (steps.length > 0) return this.#readBy(steps);
    return this.#over && this.#last('DeploymentSucceeded') === undefined ? 'unmet' : 'waiting';
  }

  get validatedInStaging(): Verdict {
    if (this.#plan.environment !== 'staging' || this.#isRehearsal) return 'unmet';
    if (this.#last('DeploymentSucceeded') !== undefined) return 'met';
    return this.#ended ? 'unmet' : 'waiting';
  }

  get rolledBack(): Verdict {
    if (this.#last('DeploymentRolledBack')?.data['verified'] === true) return 'met';
    return !this.#ended && (this.#isRehearsal || this.#over) ? 'waiting' : 'unmet';
  }

  /** By title, what each flow of the new version showed last. */
  get #results(): ReadonlyMap<unknown, boolean> {
    const checks = this.#events.filter(
      ({ type, data }) => type.startsWith('SmokeTest') && data['purpose'] !== 'restoration',
    );
    return new Map(checks.map(({ type, data }) => [data['title'], type === 'SmokeTestPassed']));
  }

  get #allFlowsPassed(): boolean {
    return this.#plan.smokeTests.every(({ title }) => this.#results.get(title) === true);
  }

  get flowsInRehearsal(): Verdict {
    if (!this.#isRehearsal || this.#plan.smokeTests.length === 0) return 'unmet';
    const failed = [...this.#results.values()].includes(false);
    if (this.#allFlowsPassed && !failed) return 'met';
    return failed || this.#ended ? 'unmet' : 'waiting';
  }

  get flows(): Verdict {
    if (this.#plan.smokeTests.length === 0 || [...this.#results.values()].includes(false)) return 'unmet';
    const verdict = this.either(['VerificationPassed'], ['VerificationFailed']);
    return verdict === 'met' && !this.#allFlowsPassed ? 'unmet' : verdict;
  }

  get dashboards(): Verdict {
    const { dashboards, metrics } = this.#plan.monitoring;
    if (dashboards.length === 0) return 'unmet';
    const report = this.#events.find(
      ({ type, data }) => type === 'PreflightReported' && data['phase'] === 'monitoring',
    );
    if (report === undefined) return this.#over ? 'unmet' : 'waiting';
    const findings = (report.data['findings'] as readonly Data[]).filter(
      ({ code }) => code === 'dashboard' || code === 'metric',
    );
    const count = (code: string) => findings.filter((each) => each['code'] === code).length;
    const isComplete = count('dashboard') >= dashboards.length && count('metric') >= metrics.length;
    const looks = this.#steps(({ action }) => action.kind === 'section' && action.section === 'dashboards').map(
      (step) => this.#endOf(step),
    );
    const ended = looks.flatMap((end) => (end === null || end === 'open' ? [] : [end.type]));
    if (ended.includes('StepFailed')) return 'unmet';
    if (isComplete && findings.every(({ ok }) => ok === true)) return 'met';
    if (metrics.length > 0 && this.#plan.monitoring.source === null) return 'unmet';
    if (ended.includes('StepSucceeded')) return 'met';
    return looks.includes('open') ? 'waiting' : 'unmet';
  }

  get documentation(): Verdict {
    const { documentation } = this.#plan;
    const verdicts = documentation.map(({ proof, source }) =>
      proof.kind === 'manual' ? this.confirmed(source.line) : this.#documented(source.line),
    );
    return verdicts.length === 0 ? 'unmet' : worstOf(verdicts);
  }

  #documented(line: number): Verdict {
    const steps = this.#steps(({ action }) => action.kind === 'section' && action.section === 'documentation');
    const [step] = steps;
    const end = step && this.#endOf(step);
    if (end === undefined) return this.ofLine(line, '');
    if (end === null) return this.#over ? 'unmet' : 'waiting';
    if (end === 'open') return 'waiting';
    const result = end.data['result'] as Data | undefined;
    const judged = ((result?.['documentation'] ?? []) as readonly Data[]).find((each) => each['line'] === line);
    if (judged === undefined) return this.#over ? 'unmet' : 'waiting';
    return judged['verdict'] === 'not-applicable' ? 'met' : this.#reading({ attested: true, ...judged });
  }

  get notified(): Verdict {
    const ends = this.#steps(({ action }) => action.kind === 'notify').map((step) => this.#endOf(step));
    const isDelivery = (end: (typeof ends)[number]): boolean =>
      end !== null &&
      end !== 'open' &&
      end.type === 'StepSucceeded' &&
      (end.data['result'] as Data | undefined)?.['delivered'] === true;
    if (ends.some(isDelivery)) return 'met';
    return ends.includes('open') ? 'waiting' : 'unmet';
  }

  get #isWatched(): boolean {
    const { source, metrics, thresholds } = this.#plan.monitoring;
    return source !== null && metrics.length + thresholds.length > 0;
  }

  get logs(): Verdict {
    const read = this.#last('LogsRead');
    if (read !== undefined) return this.#reading({ attested: true, ...read.data });
    return this.#over || !this.#isWatched || this.#plan.monitoring.logs === null ? 'unmet' : 'waiting';
  }

  get performance(): Verdict {
    const verdict = this.either(['MonitoringPassed'], ['MonitoringFailed', 'DegradationDetected']);
    if (verdict === 'waiting' && !this.#isWatched) return 'unmet';
    if (verdict !== 'met') return verdict;
    const metrics = this.#last('MonitoringPassed')!.data['metrics'] as readonly Data[];
    const good = metrics.filter((each) => each['verdict'] === 'pass' && Number(each['samples']) > 0);
    return good.length > 0 && metrics.every((each) => good.includes(each) || each['verdict'] === 'skipped')
      ? 'met'
      : 'unmet';
  }

  /** Of a watch none of whose measurements are there. */
  get limitUnmeasured(): Verdict {
    const watched = this.#last('WatchStarted') !== undefined;
    if (watched && this.#last('MonitoringPassed', 'MonitoringFailed') !== undefined) return 'unknown';
    return this.#over || !this.#isWatched ? 'unmet' : 'waiting';
  }

  confirmed(line: number): Verdict {
    if (this.#events.some(({ type, data }) => type === 'CriterionConfirmed' && data['line'] === line)) return 'met';
    return this.#ended && this.#last('DeploymentSucceeded') === undefined ? 'unmet' : 'waiting';
  }
}
