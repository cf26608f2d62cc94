import {
  activeState,
  type DeploymentCommand,
  type DeploymentState,
  type Effect,
  type EffectOf,
  type Phase,
} from '@backstay/deployment';
import {
  interrupted,
  scriptedOutcome,
  scriptedStep,
  scriptedVerdict,
  scriptedWatch,
  type EffectRun,
  type PlainEffect,
} from '@backstay/deployment/testing';
import { dutyOf } from '@backstay/document';
import { unlessDetached, type EffectContext } from '../../worker/effect-handler.ts';
import type { DeploymentHandlers, HostedPhase } from '../../worker/phase-host.ts';
import type { WorkerMetrics } from '../../worker/worker-metrics.ts';
import type { ProcessView, World } from './world.ts';

type Context = EffectContext<DeploymentCommand, DeploymentState>;
type Commands = readonly DeploymentCommand[];

const unmeasured: WorkerMetrics = { effect: () => () => {}, fault: () => {}, pendingWork: () => {} };

/** The phases of a process, whose effects go as the scripts of their deployments have it. */
export function simulatedPhases(process: ProcessView, world: World): readonly HostedPhase[] {
  const claims = world.claims(process.aggregates, () => world.now);
  return process.phases.map((phase): HostedPhase => {
    const effects = new SimulatedEffects(phase, process, world).handlers;
    const hosted = { phase, metrics: unmeasured, logger: world.loggerOf(process, phase) };
    if (phase !== 'planning') return { ...hosted, deployment: effects };
    return { ...hosted, deployment: { ...effects, ...claims.deployment }, environment: claims.environment };
  });
}

class SimulatedEffects {
  readonly #phase: Phase;
  readonly #process: ProcessView;
  readonly #world: World;

  constructor(phase: Phase, process: ProcessView, world: World) {
    this.#phase = phase;
    this.#process = process;
    this.#world = world;
  }

  get handlers(): DeploymentHandlers {
    const plain = (effect: PlainEffect, context: Context) => this.#perform(effect, context);
    return {
      'draft-plan': plain,
      'check-blockers': plain,
      'probe-preflight': plain,
      'expire-preflight': plain,
      'expire-hold': plain,
      'end-stall': plain,
      'capture-rollback-point': plain,
      'complete-wait': plain,
      'run-checks': plain,
      'plan-rollback': plain,
      'fail-rollback': plain,
      'deliver-notice': plain,
      'read-evidence': plain,
      'interrupt-step': (effect, context) => this.#interrupt(effect, context),
      'perform-step': (effect, context) => this.#performStep(effect, context),
      watch: (effect, context) => this.#watch(effect, context),
      'await-quiet': (effect, context) => this.#begin(effect, context).then(() => []),
    };
  }

  /** Begins an effect, unless that is what kills the process; how long it takes, in milliseconds. */
  async #begin(effect: Effect, { id, state }: Context): Promise<number> {
    const durationMs = this.#world.begin(id, effect, state);
    return this.#process.isAlive ? durationMs : new Promise<number>(() => {});
  }

  async #perform(effect: PlainEffect, context: Context): Promise<Commands> {
    const durationMs = await this.#begin(effect, context);
    await unlessDetached(context.detach, this.#process.wait(durationMs));
    return scriptedOutcome(effect, this.#world.scriptOf(context.id), context.state, this.#runOf(context));
  }

  #interrupt(effect: EffectOf<'interrupt-step'>, context: Context): Promise<Commands> {
    const { step, attempt } = effect;
    this.#world.commands.end({ deployment: context.id, step, attempt, token: context.token });
    return this.#perform(effect, context);
  }

  async #performStep(effect: EffectOf<'perform-step'>, context: Context): Promise<Commands> {
    const world = this.#world;
    const { id, token, detach, unwanted } = context;
    const script = world.scriptOf(id);
    const durationMs = await this.#begin(effect, context);
    const end = scriptedStep(effect, script, this.#runOf(context));
    if (dutyOf(effect.step.action) !== undefined) return end ?? [];
    const which = { deployment: id, step: effect.step.id, attempt: effect.attempt, token };
    const command = world.commands.attach({ ...which, endsAt: end === null ? Infinity : world.time.ms + durationMs });
    const hasEnded = (): boolean => command.endsAt <= world.time.ms;
    while (!hasEnded() && !unwanted.aborted) await this.#waitUntil(command.endsAt, detach, unwanted);
    if (!hasEnded()) {
      world.commands.end(which);
      return [interrupted(which, this.#runOf(context))];
    }
    return scriptedStep(effect, script, this.#runOf(context)) ?? [];
  }

  async #watch(effect: EffectOf<'watch'>, context: Context): Promise<Commands> {
    const { mode } = effect;
    const { id, detach, unwanted } = context;
    await this.#begin(effect, context);
    const begin = mode === 'guard' ? null : scriptedWatch(id, context.state, this.#runOf(context));
    if (begin === null) {
      await this.#waitUntil(Infinity, detach, unwanted);
      return [];
    }
    const state = await context.append(begin);
    const active = activeState(state);
    if (active.status !== 'monitoring' || active.watch === null) return [];
    const script = this.#world.scriptOf(id);
    const leftMs = script.watch === 'degrades' ? 0 : Date.parse(active.watch.until) - Date.parse(this.#world.now);
    const until = this.#world.time.ms + leftMs;
    await this.#tick(id, until, active.drafted.plan.monitoring.everyMs, context);
    return unwanted.aborted ? [] : scriptedVerdict(script, state, this.#runOf(context));
  }

  async #tick(id: string, until: number, everyMs: number, { detach, unwanted }: Context): Promise<void> {
    const { time } = this.#world;
    for (let due = Math.min(time.ms + everyMs, until); !unwanted.aborted; due = Math.min(due + everyMs, until)) {
      await this.#waitUntil(due, detach, unwanted);
      if (!unwanted.aborted) this.#world.onTick({ id, lateMs: time.ms - due });
      if (due >= until) return;
    }
  }

  /** Until this time, milliseconds since 1970, or until the effect is no longer wanted. @throws {Detached} */
  async #waitUntil(at: number, detach: AbortSignal, unwanted: AbortSignal): Promise<void> {
    if (unwanted.aborted) return;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const cancel = Number.isFinite(at) ? this.#process.after(at - this.#world.time.ms, end) : () => {};
    unwanted.addEventListener('abort', end, { once: true });
    try {
      await unlessDetached(detach, ended);
    } finally {
      cancel();
      unwanted.removeEventListener('abort', end);
    }
  }

  #runOf({ token, host }: Context): EffectRun {
    return { phase: this.#phase, token, host, at: this.#world.now };
  }
}
