import type { Evidence, Plan, Step } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import { deployment, deploymentStream, type DeploymentCommand } from '../deployment.ts';
import { effectKey, type Effect, type Next } from '../effect.ts';
import { environment, type EnvironmentCommand, type EnvironmentEvent, type EnvironmentState } from '../environment.ts';
import type { DeploymentEvent } from '../events.ts';
import type { StepOutcome } from '../execution/commands.ts';
import { hasMutated } from '../steps.ts';
import { phases, type Phase } from '../phase.ts';
import type { EvidenceReading } from '../execution/events.ts';
import type { RequestDeployment } from '../planning/commands.ts';
import { isEnded, isRunning, type DeploymentState } from '../state.ts';
import type { CheckResult } from '../values.ts';
import { deploymentWorkflow, environmentWorkflow } from '../workflow.ts';
import { foldDeployment } from './histories.ts';
import { examplePlan } from './plans.ts';
import { at, breachOf, minutes, passingChecks, passingReading } from './readings.ts';
import { exampleRequested } from './requests.ts';
import type { Finding, Inherited } from '../values.ts';

/** What the world answers; by default everything goes well. */
export interface Script {
  readonly plan?: Plan;
  readonly inherited?: Inherited | null;
  /** `running`: the act does not come back, as if its host were lost. */
  readonly outcome?: (step: Step, attempt: number) => StepOutcome | 'running';
  /** What a step that comes back found out. */
  readonly result?: (step: Step, attempt: number) => Readonly<Record<string, unknown>> | undefined;
  readonly findings?: readonly Finding[];
  readonly reading?: (evidence: Evidence) => Partial<EvidenceReading>;
  /** What the logs of the watch say; absent: they are not read. */
  readonly logs?: EvidenceReading['verdict'];
  readonly checks?: (purpose: 'verification' | 'restoration') => readonly CheckResult[];
  readonly watch?: 'passes' | 'degrades' | 'says nothing';
}

/** One append of events to a deployment's stream; `by`: the phase whose effect it is, null for anybody else. */
export interface Append {
  readonly before: DeploymentState;
  readonly events: readonly DeploymentEvent[];
  readonly after: DeploymentState;
  readonly by: Phase | null;
  readonly now: string;
}

/** The process ends here; what was appended before stands. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/**
 * A world without a clock or a wire: deployments and one environment as plain lists of facts, and the five phases as one
 * performer each, who takes one act of `next` at a time. Everything that happens was decided by the aggregates.
 */
export class Simulation {
  readonly #streams = new Map<string, DeploymentEvent[]>();
  readonly #states = new Map<string, DeploymentState>();
  readonly #scripts = new Map<string, Script>();
  readonly #environment: EnvironmentEvent[] = [];
  #environmentState = environment.initialState;
  readonly #tokens: Record<Phase, number> = { planning: 1, execution: 1, verification: 1, monitoring: 1, rollback: 1 };
  #now = 0;
  /** Appends until a crash; infinite: none. */
  appendsLeft = Infinity;
  /** Sees every append to a deployment's stream. */
  onAppend: (append: Append) => void = () => {};
  #acting: Phase | null = null;

  request(id: string, script: Script = {}, changes: Partial<RequestDeployment> = {}): void {
    this.#scripts.set(id, script);
    this.#streams.set(id, []);
    this.tell(id, exampleRequested({ id, ...changes }));
  }

  get now(): string {
    return at(this.#now);
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  events(id: string): readonly DeploymentEvent[] {
    return this.#streams.get(id) ?? [];
  }

  types(id: string): readonly string[] {
    return this.events(id).map(({ type }) => type);
  }

  state(id: string): DeploymentState {
    return this.#states.get(id) ?? deployment.initialState;
  }

  get environmentEvents(): readonly EnvironmentEvent[] {
    return this.#environment;
  }

  get environmentState(): EnvironmentState {
    return this.#environmentState;
  }

  /** Another process takes the phase over; the old one's token is stale from its next fact on. */
  takeOver(phase: Phase): void {
    this.#tokens[phase] += 1;
  }

  /** @throws {Rejection} as the aggregate does. */
  tell(id: string, command: DeploymentCommand): readonly DeploymentEvent[] {
    const facts = deployment.decide(command, this.state(id));
    if (facts.length > 0) this.#append(() => this.#record(id, facts));
    return facts;
  }

  tellEnvironment(command: EnvironmentCommand): void {
    const facts = environment.decide(command, this.environmentState);
    if (facts.length > 0) this.#append(() => this.#recordEnvironment(facts));
  }

  next(id: string, phase: Phase): Next {
    return deploymentWorkflow.next(phase, this.state(id), this.now);
  }

  /** One act of one phase; whether anything was recorded by it. */
  turn(id: string, phase: Phase): boolean {
    const before = this.#size;
    const next = this.next(id, phase);
    if (next.kind === 'effect') this.as(phase, () => this.#perform(id, phase, next.effect));
    return this.#size > before;
  }

  /** What is appended meanwhile is this phase's. */
  as(phase: Phase | null, act: () => void): void {
    this.#acting = phase;
    try {
      act();
    } finally {
      this.#acting = null;
    }
  }

  /** Turns of all phases until nobody records anything more, also when time passes over the waits. */
  run(...ids: readonly string[]): this {
    const all = ids.length > 0 ? ids : [...this.#streams.keys()];
    for (let round = 0; round < 500; round += 1) {
      const acted = all.map((id) => phases.map((phase) => this.turn(id, phase)).some(Boolean)).some(Boolean);
      if (!this.#reviewClaim() && !acted && !this.#skipWait(all)) return this;
    }
    throw new Error(`no rest after 500 rounds: ${all.map((id) => this.state(id).status).join(', ')}`);
  }

  /** Whether the environment had to be taken from a deployment that has ended. */
  #reviewClaim(): boolean {
    const before = this.#size;
    const next = environmentWorkflow.next('planning', this.environmentState, this.now);
    if (next.kind === 'effect' && next.effect.kind === 'review-claim') this.#settleOf(next.effect.deployment);
    return this.#size > before;
  }

  #skipWait(ids: readonly string[]): boolean {
    const waits = ids
      .flatMap((id) => this.#patient(id).map((phase) => this.next(id, phase)))
      .filter((next) => next.kind === 'wait');
    const held = ids.some((id) => this.state(id).status === 'held');
    const until = Math.min(...waits.map((wait) => Date.parse(wait.until)));
    if (held || !Number.isFinite(until)) return false;
    this.#now += Math.max(0, until - Date.parse(this.now));
    return true;
  }

  /** What stands still is left standing until a story passes the time itself. */
  #patient(id: string): readonly Phase[] {
    return isRunning(this.state(id)) ? phases.filter((phase) => phase !== 'planning') : phases;
  }

  get #size(): number {
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream.length, this.#environment.length);
  }

  #record(id: string, facts: readonly DeploymentEvent[]): void {
    const before = this.state(id);
    const after = foldDeployment(facts, before);
    this.#states.set(id, after);
    this.#streams.get(id)?.push(...facts);
    this.onAppend({ before, events: facts, after, by: this.#acting, now: this.now });
  }

  #recordEnvironment(facts: readonly EnvironmentEvent[]): void {
    this.#environmentState = facts.reduce((state, event) => environment.evolve(state, event), this.#environmentState);
    this.#environment.push(...facts);
  }

  #append(write: () => void): void {
    write();
    this.appendsLeft -= 1;
    if (this.appendsLeft <= 0) {
      this.appendsLeft = Infinity;
      throw new Crash('the process ended');
    }
  }

  #perform(id: string, phase: Phase, effect: Effect): void {
    const token = this.#tokens[phase];
    const fenced = { token, host: `host of ${phase} ${token}`, at: this.now };
    const script = this.#scripts.get(id) ?? {};
    switch (effect.kind) {
      case 'draft-plan':
        return void this.tell(id, {
          type: 'DraftPlan',
          plan: script.plan ?? examplePlan(),
          digest: 'sha256:plan',
          commit: null,
          warnings: [],
          inherited: script.inherited ?? null,
        });
      case 'check-blockers':
        return void this.tell(id, { type: 'ClearBlockers', satisfied: [], at: this.now });
      case 'claim-environment':
        return this.#claim(id);
      case 'probe-preflight':
        return void this.tell(id, {
          type: 'ReportPreflight',
          phase: effect.phase,
          findings: effect.phase === 'monitoring' ? (script.findings ?? []) : [],
          at: this.now,
        });
      case 'expire-preflight':
        return void this.tell(id, { type: 'RejectDeployment', because: 'preflight', problems: [], at: this.now });
      case 'expire-hold':
        return void this.tell(id, { type: 'ExpireHold', at: this.now });
      case 'end-standstill':
        return void this.tell(id, { type: 'EndStandstill', at: this.now });
      case 'settle-environment':
        return this.#settle(id);
      case 'capture-rollback-point': {
        const target = this.environmentState.running;
        return void this.tell(id, {
          type: 'CaptureRollbackPoint',
          point: { target, configurationDigest: null, schemaVersion: null, backupStep: null },
        });
      }
      case 'perform-step':
        return this.#performStep(id, phase, effect, fenced);
      case 'complete-wait': {
        const { step, attempt, waitedMs } = effect;
        const outcome = { status: 'succeeded' } as const;
        const result = { waitedMs };
        return void this.tell(id, { type: 'CompleteStep', step, attempt, outcome, result, ...fenced });
      }
      case 'interrupt-step': {
        const outcome = { status: 'interrupted', reason: 'it is wanted no longer' } as const;
        return void this.tell(id, {
          type: 'CompleteStep',
          step: effect.step,
          attempt: effect.attempt,
          outcome,
          ...fenced,
        });
      }
      case 'run-checks': {
        this.tell(id, { type: 'BeginChecks', purpose: effect.purpose, ...fenced });
        const results = script.checks?.(effect.purpose) ?? passingChecks();
        return void this.tell(id, { type: 'RecordChecks', purpose: effect.purpose, token, results, at: this.now });
      }
      case 'watch':
        return effect.mode === 'window' ? this.#watch(id, script, fenced) : undefined;
      case 'plan-rollback': {
        const state = this.state(id);
        const target = 'rollbackPoint' in state ? (state.rollbackPoint?.target ?? null) : null;
        const { smokeTests, healthChecks } = script.plan ?? examplePlan();
        return void this.tell(id, {
          type: 'PlanRollback',
          token,
          target,
          checks: { from: 'd-0', smokeTests, healthChecks },
          at: this.now,
        });
      }
      case 'fail-rollback':
        return void this.tell(id, { type: 'FailRollback', reason: effect.reason, at: this.now });
      case 'deliver-notice':
        return void this.tell(id, {
          type: 'RecordNotice',
          ...effect.notice,
          delivered: true,
          detail: 'told',
          at: this.now,
        });
      case 'read-evidence': {
        const readings = effect.lines.map(({ line, evidence }) => ({
          line,
          reading: passingReading(evidence.reader, script.reading?.(evidence)),
        }));
        return void this.tell(id, { type: 'RecordEvidence', readings, token, at: this.now });
      }
      case 'await-quiet':
      case 'adopt-release':
      case 'review-claim':
        return;
    }
  }

  #performStep(
    id: string,
    phase: Phase,
    effect: Extract<Effect, { kind: 'perform-step' }>,
    fenced: { token: number; host: string; at: string },
  ): void {
    const { step, attempt } = effect;
    if (step.action.kind === 'manual') {
      const until = at(this.#now + minutes(60));
      const { duty } = step.action.duty;
      return void this.tell(id, {
        type: 'HoldDeployment',
        code: 'manual',
        why: step.title,
        duty,
        step: step.id,
        winner: null,
        until,
        at: this.now,
      });
    }
    this.tell(id, { type: 'BeginStep', step: step.id, ...fenced });
    const next = this.next(id, phase);
    if (next.kind !== 'effect' || effectKey(next.effect) !== effectKey(effect)) return;
    const outcome = this.#scripts.get(id)?.outcome?.(step, attempt) ?? { status: 'succeeded' as const };
    if (outcome === 'running') return;
    const checks =
      phase === 'verification'
        ? { checks: passingChecks(outcome.status === 'succeeded').filter(({ kind }) => kind === 'smoke-test') }
        : {};
    const found = this.#scripts.get(id)?.result?.(step, attempt);
    const result = found === undefined ? {} : { result: found };
    this.tell(id, { type: 'CompleteStep', step: step.id, attempt, outcome, ...fenced, ...checks, ...result });
  }

  #watch(id: string, { watch = 'passes', logs }: Script, fenced: { token: number; host: string; at: string }): void {
    const state = this.state(id);
    if (state.status !== 'monitoring') return;
    const until = at(this.#now + state.drafted.plan.monitoring.watchMs);
    this.tell(id, { type: 'BeginWatch', from: this.now, until, measurements: `measurements-${id}`, ...fenced });
    if (watch === 'degrades') {
      const breach = breachOf();
      this.tell(id, {
        type: 'DetectDegradation',
        trigger: breach.text,
        kind: 'limit',
        breach,
        shadow: false,
        ...fenced,
      });
      return;
    }
    this.#now = Math.max(this.#now, Date.parse(state.watch?.until ?? until) - Date.parse(at(0)));
    const ended = { ...fenced, at: this.now };
    const { logs: evidence } = state.drafted.plan.monitoring;
    if (logs !== undefined && evidence !== null) {
      const read = {
        evidence,
        verdict: logs,
        summary: `the logs say ${logs}`,
        facts: {},
        from: at(0),
        until: this.now,
      };
      this.tell(id, { type: 'RecordLogs', logs: read, token: fenced.token, at: this.now });
    }
    const metrics = [
      { metric: 'error-rate', verdict: watch === 'passes' ? 'pass' : 'no-data', samples: watch === 'passes' ? 60 : 0 },
    ];
    if (watch === 'passes') this.tell(id, { type: 'PassMonitoring', metrics, range: null, ...ended });
    else this.tell(id, { type: 'FailMonitoring', reason: 'error rate said nothing', metrics, range: null, ...ended });
  }

  /** Claims; who finds a holder that has ended settles it first. */
  #claim(id: string): void {
    try {
      this.tellEnvironment({ type: 'ClaimEnvironment', deployment: id, at: this.now });
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return;
    }
    const { holder, queue, running, verifiedGood, quarantined, uncertain } = this.environmentState;
    const claim = { stream: 'environment-notes.staging', version: this.#environment.length };
    if (holder === id) {
      this.tell(id, {
        type: 'RequestPreflight',
        claim,
        running,
        verifiedGood,
        quarantined: Object.keys(quarantined),
        ...(uncertain === null ? {} : { uncertain }),
        at: this.now,
      });
      return;
    }
    const winner = holder ?? queue[0] ?? null;
    if (winner === null) return;
    if (isEnded(this.state(winner))) return this.#settleOf(winner);
    const why = `${deploymentStream(winner)} holds the environment`;
    const until = at(this.#now + minutes(480));
    this.tell(id, {
      type: 'HoldDeployment',
      code: 'environment-held',
      why,
      duty: null,
      step: null,
      winner,
      until,
      at: this.now,
    });
  }

  #settle(id: string): void {
    this.#settleOf(id);
    this.tell(id, {
      type: 'ReleaseEnvironment',
      stream: 'environment-notes.staging',
      version: this.#environment.length,
    });
  }

  #settleOf(id: string): void {
    const ended = this.state(id);
    if (!isEnded(ended)) return;
    const { status: outcome, reason } = ended;
    const { running, verifiedGood } = ended.unsettled?.claim == null ? this.environmentState : ended;
    const quarantined = ended.quarantined === null ? null : { version: ended.quarantined, why: reason };
    this.tellEnvironment({
      type: 'SettleEnvironment',
      deployment: id,
      outcome,
      running,
      verifiedGood,
      quarantined,
      changed: hasMutated(ended),
      at: this.now,
    });
  }
}
