import { deployment, type DeploymentCommand } from '../deployment.ts';
import { effectKey, type Effect, type Next } from '../effect.ts';
import { environment, environmentStream } from '../environment/environment.ts';
import type { EnvironmentCommand } from '../environment/commands.ts';
import type { EnvironmentEvent } from '../environment/events.ts';
import type { EnvironmentState } from '../environment/state.ts';
import type { DeploymentEvent } from '../events.ts';
import { phases, type Phase } from '../phase.ts';
import type { RequestDeployment } from '../planning/commands.ts';
import { isEnded, isRunning, type DeploymentState } from '../state.ts';
import { deploymentWorkflow, environmentWorkflow } from '../workflow.ts';
import { foldDeployment } from './histories.ts';
import { at } from './readings.ts';
import { exampleRequested } from './requests.ts';
import {
  scriptedClaim,
  scriptedOutcome,
  scriptedSettlement,
  scriptedStep,
  scriptedVerdict,
  scriptedWatch,
  type EffectRun,
  type Script,
} from './script.ts';

/** One append of events to a deployment's stream; `by`: the phase whose effect it is, null for anybody else. */
export interface Append {
  readonly before: DeploymentState;
  readonly events: readonly DeploymentEvent[];
  readonly after: DeploymentState;
  readonly by: Phase | null;
  readonly now: string;
}

const stream = environmentStream('notes', 'staging');

/**
 * Histories of deployments in one environment, as a script has them: one act of one phase at a time, decided by the aggregates
 * alone. There is no worker, no failure and no clock but the one that a test moves.
 */
export class ScriptedHistory {
  readonly #streams = new Map<string, DeploymentEvent[]>();
  readonly #states = new Map<string, DeploymentState>();
  readonly #scripts = new Map<string, Script>();
  readonly #environment: EnvironmentEvent[] = [];
  readonly #tokens: Record<Phase, number> = { planning: 1, execution: 1, verification: 1, monitoring: 1, rollback: 1 };
  #environmentState = environment.initialState;
  #now = 0;
  #current: Phase | null = null;
  /** Sees every append to a deployment's stream. */
  onAppend: (append: Append) => void = () => {};

  request(id: string, script: Script = {}, changes: Partial<RequestDeployment> = {}): void {
    this.#scripts.set(id, script);
    this.#streams.set(id, []);
    this.handle(id, exampleRequested({ id, ...changes }));
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

  /** Another process takes the phase over; the old one's token is stale from its next event on. */
  takeOver(phase: Phase): void {
    this.#tokens[phase] += 1;
  }

  /** @throws {Rejection} as the aggregate does. */
  handle(id: string, command: DeploymentCommand): readonly DeploymentEvent[] {
    const before = this.state(id);
    const events = deployment.decide(command, before);
    if (events.length === 0) return events;
    const after = foldDeployment(events, before);
    this.#states.set(id, after);
    this.#streams.get(id)?.push(...events);
    this.onAppend({ before, events, after, by: this.#current, now: this.now });
    return events;
  }

  next(id: string, phase: Phase): Next {
    return deploymentWorkflow.next(phase, this.state(id), this.now);
  }

  /** One run of one phase; whether anything was recorded by it. */
  runPhase(id: string, phase: Phase): boolean {
    const before = this.#size;
    const next = this.next(id, phase);
    if (next.kind === 'effect') this.as(phase, () => this.#perform(id, phase, next.effect));
    return this.#size > before;
  }

  /** What is appended meanwhile is this phase's. */
  as(phase: Phase | null, act: () => void): void {
    this.#current = phase;
    try {
      act();
    } finally {
      this.#current = null;
    }
  }

  /** Runs of all phases until nobody records anything more, also when time passes over the waits. */
  run(...ids: readonly string[]): this {
    const all = ids.length > 0 ? ids : [...this.#streams.keys()];
    for (let round = 0; round < 500; round += 1) {
      const acted = all.map((id) => phases.map((phase) => this.runPhase(id, phase)).some(Boolean)).some(Boolean);
      if (!this.#reviewClaim() && !acted && !this.#skipWait(all)) return this;
    }
    throw new Error(`no rest after 500 rounds: ${all.map((id) => this.state(id).status).join(', ')}`);
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

  /** What stands still is left standing until a test passes the time itself. */
  #patient(id: string): readonly Phase[] {
    return isRunning(this.state(id)) ? phases.filter((phase) => phase !== 'planning') : phases;
  }

  get #size(): number {
    return [...this.#streams.values()].reduce((sum, events) => sum + events.length, this.#environment.length);
  }

  #handleEnvironment(command: EnvironmentCommand | null): void {
    const events = command === null ? [] : environment.decide(command, this.#environmentState);
    this.#environmentState = events.reduce(environment.evolve, this.#environmentState);
    this.#environment.push(...events);
  }

  #perform(id: string, phase: Phase, effect: Effect): void {
    const script = this.#scripts.get(id) ?? {};
    switch (effect.kind) {
      case 'claim-environment':
        return this.#claim(id);
      case 'settle-environment':
        return this.#settle(id);
      case 'watch':
        return effect.mode === 'window' ? this.#watch(id, script) : undefined;
      case 'perform-step':
      case 'run-checks':
        return this.#performIntended(id, phase, effect, script);
      case 'await-quiet':
      case 'adopt-release':
      case 'review-claim':
        return;
      default:
        return this.#handleAll(id, scriptedOutcome(effect, script, this.state(id), this.#runOf(phase)));
    }
  }

  #performIntended(
    id: string,
    phase: Phase,
    effect: Extract<Effect, { kind: 'perform-step' | 'run-checks' }>,
    script: Script,
  ): void {
    const run = this.#runOf(phase);
    const { token, host } = run;
    const intent = deploymentWorkflow.intent(effect, this.now, token, host);
    if (intent !== null) this.handle(id, intent);
    const next = this.next(id, phase);
    if (next.kind !== 'effect' || effectKey(next.effect) !== effectKey(effect)) return;
    const end =
      effect.kind === 'perform-step'
        ? scriptedStep(effect, script, run)
        : scriptedOutcome(effect, script, this.state(id), run);
    this.#handleAll(id, end ?? []);
  }

  #watch(id: string, script: Script): void {
    const begin = scriptedWatch(id, this.state(id), this.#runOf('monitoring'));
    if (begin === null) return;
    this.handle(id, begin);
    const state = this.state(id);
    const until = state.status === 'monitoring' ? state.watch?.until : undefined;
    if (script.watch !== 'degrades' && until !== undefined)
      this.#now = Math.max(this.#now, Date.parse(until) - Date.parse(at(0)));
    this.#handleAll(id, scriptedVerdict(script, state, this.#runOf('monitoring')));
  }

  /** Claims; who finds a holder that has ended settles it first. */
  #claim(id: string): void {
    this.#handleEnvironment({ type: 'ClaimEnvironment', deployment: id, at: this.now });
    const { holder, queue } = this.#environmentState;
    const winner = holder ?? queue[0] ?? id;
    if (winner !== id && isEnded(this.state(winner))) return this.#settleOf(winner);
    this.handle(id, scriptedClaim(id, stream, { state: this.#environmentState, version: this.#version }, this.now));
  }

  #settle(id: string): void {
    this.#settleOf(id);
    this.handle(id, { type: 'ReleaseEnvironment', stream, version: this.#version });
  }

  #settleOf(id: string): void {
    this.#handleEnvironment(scriptedSettlement(id, this.state(id), this.#environmentState, this.now));
  }

  /** Whether the environment had to be taken from a deployment that has ended. */
  #reviewClaim(): boolean {
    const before = this.#size;
    const next = environmentWorkflow.next('planning', this.#environmentState, this.now);
    if (next.kind === 'effect' && next.effect.kind === 'review-claim') this.#settleOf(next.effect.deployment);
    return this.#size > before;
  }

  #handleAll(id: string, commands: readonly DeploymentCommand[]): void {
    for (const command of commands) this.handle(id, command);
  }

  #runOf(phase: Phase): EffectRun {
    const token = this.#tokens[phase];
    return { phase, token, host: `host of ${phase} ${token}`, at: this.now };
  }

  get #version(): number {
    return this.#environment.length;
  }
}
