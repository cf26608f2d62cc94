import {
  deployment,
  deploymentStream,
  deploymentWorkflow,
  environment,
  isEnded,
  phases,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type Effect,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
  type Next,
  type Notice,
  type Phase,
} from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import {
  firstBrokenLink,
  InMemoryEventStore,
  parseStreamName,
  type Append,
  type Appended,
  type RecordedEvent,
} from '@backstay/event-sourcing';
import { aggregatesOn, type Aggregates } from '../../aggregates.ts';
import { sha256 } from '../../platform.ts';
import type { HostedPhase } from '../../worker/phase-host.ts';
import { describeEvents } from '../describe.ts';
import { InMemoryLeases } from '../in-memory/leases.ts';
import { InMemoryPendingWork } from '../in-memory/pending-work.ts';
import { Random } from '../in-memory/random.ts';
import { VirtualTime } from '../in-memory/virtual-time.ts';
import { WakeUpBus } from '../in-memory/wake-up-bus.ts';
import { scriptedClaims } from './scripted-claims.ts';
import { SimulatedCommands } from './simulated-commands.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Claims, DatabaseBehaviour, ProcessOptions, ProcessView, SimulatedScript, World } from './world.ts';

export interface SimulationOptions {
  /** Decides everything that nobody else decides; default 1. */
  readonly seed?: number;
  /** Planning's; default scripted ones. */
  readonly claims?: Claims;
  /** Whether the database has a time of day of its own, which nobody sets. */
  readonly isDatabaseApart?: boolean;
}

/** One append to the stream of a deployment. */
export interface DeploymentAppend {
  readonly id: string;
  readonly before: DeploymentState;
  readonly events: readonly DeploymentEvent[];
  readonly after: DeploymentState;
}

const person = { actor: { kind: 'person', name: 'operator' } } as const;
/** Longer than any deadline. */
const patienceMs = 48 * 3_600_000;

/**
 * The phase workers of some processes as they are, with their follower, their repositories and their slots, on ports in memory:
 * a virtual clock, and a seed that decides in which order everything happens. Processes are killed, stall and come back; wake-ups
 * are lost, doubled and late; leases are lost; the database goes away. A script says what the effects do.
 */
export class Simulation implements World {
  readonly random: Random;
  readonly time: VirtualTime;
  readonly store = new InMemoryEventStore();
  readonly leases: InMemoryLeases;
  readonly pending: InMemoryPendingWork;
  readonly bus: WakeUpBus;
  readonly commands: SimulatedCommands;
  readonly claims: Claims;
  readonly database: DatabaseBehaviour = { isAway: false, latencyMs: 4, lateReplies: 0.2, lostReplies: 0 };
  readonly processes: SimulatedProcess[] = [];
  /** The durable wake path is so much slower than the database. */
  durableDelayMs = 0;
  /** Hears every append to a deployment. */
  onAppend: (append: DeploymentAppend) => void = () => {};
  /** Hears every effect that a process begins to perform. */
  onEffect: (id: string, effect: Effect) => void = () => {};
  /** Hears every tick of a watch. */
  onTick: (tick: { readonly id: string; readonly lateMs: number }) => void = () => {};
  /** Whether the process that has just appended is killed before it hears of it. */
  isFatal: (append: Append) => boolean = () => false;
  readonly #scripts = new Map<string, SimulatedScript>();
  readonly #states = new Map<string, DeploymentState>();
  readonly #environments = new Map<string, EnvironmentState>();
  readonly #events = new Map<string, readonly RecordedEvent[]>();
  readonly #violations: string[] = [];
  readonly #log: string[] = [];
  readonly #sent = new Set<string>();
  readonly #people: Aggregates;
  #lastId = 0;

  constructor({ seed = 1, claims = scriptedClaims, isDatabaseApart = false }: SimulationOptions = {}) {
    this.random = new Random(seed);
    this.time = new VirtualTime(this.random);
    const nowMs = () => this.time.ms;
    const tablesMs = isDatabaseApart ? nowMs : () => Date.parse(this.now);
    this.leases = new InMemoryLeases(tablesMs);
    this.pending = new InMemoryPendingWork(tablesMs, (lease) => this.leases.heldBy(lease));
    this.bus = new WakeUpBus(this.time, this.random);
    this.commands = new SimulatedCommands({
      nowMs,
      hasIntent: ({ deployment: id, step, attempt }) => this.#hasStarted(id, step, attempt),
      violated: (rule) => this.violated(rule),
    });
    this.claims = claims;
    this.#people = aggregatesOn({
      store: {
        append: (append) => this.append(append),
        read: (stream, options) => this.store.read(stream, options),
        sortKey: (cursor) => this.store.sortKey(cursor),
      },
      ids: this.newId,
      digest: sha256,
      now: () => this.now,
    });
    this.#people.wakeUps.join({ publish: (phase, wakeUp) => this.bus.publish(phase as Phase, wakeUp) });
  }

  readonly newId = (): string => {
    this.#lastId += 1;
    return `id-${this.#lastId}`;
  };

  /** Of the deployments that were asked for. */
  get ids(): readonly string[] {
    return [...this.#scripts.keys()];
  }

  get now(): string {
    return this.time.now();
  }

  start(options: ProcessOptions = {}): SimulatedProcess {
    const process = new SimulatedProcess(this, this.processes.length + 1, options);
    this.processes.push(process);
    process.start();
    return process;
  }

  /** In the place of a process that is gone. */
  restart({ options }: { readonly options: ProcessOptions }, afterMs = 1_000): void {
    this.time.after(afterMs, () => void this.start(options));
  }

  isDead(holder: string): boolean {
    return this.processes.some((process) => process.holder.holder === holder && !process.isAlive);
  }

  /** Somebody asks for a deployment. */
  async request(
    id: string,
    script: SimulatedScript = {},
    changes: Parameters<typeof exampleRequested>[0] = {},
  ): Promise<void> {
    this.#scripts.set(id, script);
    await this.handle(id, exampleRequested({ id, at: this.now, ...changes }));
  }

  /** Anybody but a phase decides and appends. @throws {Rejection} */
  async handle(id: string, command: DeploymentCommand): Promise<void> {
    await this.#people.deployments.handle(id, command, person);
  }

  async handleEnvironment(command: EnvironmentCommand, id = 'notes.staging'): Promise<void> {
    await this.#people.environments.handle(id, command, person);
  }

  scriptOf(id: string): SimulatedScript {
    return this.#scripts.get(id) ?? {};
  }

  /** An effect begins; how long it takes, in milliseconds. */
  begin(id: string, effect: Effect, state: DeploymentState): number {
    this.onEffect(id, effect);
    if (effect.kind === 'deliver-notice') this.#send(id, effect.notice);
    this.scriptOf(id).fault?.(effect, state);
    return this.scriptOf(id).durationMs?.(effect) ?? this.random.upTo(effect.kind === 'perform-step' ? 3_000 : 50);
  }

  /** What is sent has its intent recorded, and what may have been sent before has one of its own. */
  #send(id: string, { notice, sending }: Notice): void {
    const key = `${id} ${notice} ${sending?.attempt}`;
    if (sending === undefined) this.violated(`${key} is sent without an intent`);
    if (this.#sent.has(key)) this.violated(`${key} is sent twice without a mark`);
    this.#sent.add(key);
  }

  state(id: string): DeploymentState {
    return this.#states.get(id) ?? deployment.initialState;
  }

  events(id: string): readonly RecordedEvent<DeploymentEvent>[] {
    return (this.#events.get(deploymentStream(id)) ?? []) as readonly RecordedEvent<DeploymentEvent>[];
  }

  types(id: string): readonly string[] {
    return this.events(id).map(({ type }) => type);
  }

  environmentState(id = 'notes.staging'): EnvironmentState {
    return this.#environments.get(id) ?? environment.initialState;
  }

  environmentEvents(id = 'notes.staging'): readonly RecordedEvent<EnvironmentEvent>[] {
    return (this.#events.get(`environment-${id}`) ?? []) as readonly RecordedEvent<EnvironmentEvent>[];
  }

  next(id: string, phase: Phase): Next {
    return deploymentWorkflow.next(phase, this.state(id), this.now);
  }

  /** Whether every phase says that nothing is left of a deployment, ever. */
  isComplete(id: string): boolean {
    return isEnded(this.state(id)) && phases.every((phase) => this.next(id, phase).kind === 'complete');
  }

  /** @throws {Error} when it does not become so within this time, or when a rule was broken on the way */
  async until(isReached: () => boolean, withinMs = patienceMs): Promise<void> {
    const otherwise = () => `it does not become so: ${isReached.toString()}\n${this.describe()}`;
    await this.time.until(() => this.#violations.length > 0 || isReached(), withinMs, otherwise);
    this.#mustBeSound();
  }

  async untilStatus(id: string, status: DeploymentState['status']): Promise<void> {
    await this.until(() => this.state(id).status === status);
  }

  /** Until every phase is done with these deployments, or with all. */
  async untilComplete(...ids: readonly string[]): Promise<void> {
    const all = ids.length > 0 ? ids : this.ids;
    await this.until(() => all.every((id) => this.isComplete(id)));
  }

  async pass(milliseconds: number): Promise<void> {
    await this.time.pass(milliseconds);
    this.#mustBeSound();
  }

  violated(rule: string): void {
    this.#violations.push(rule);
  }

  /** @throws {Error} when the hash chain of a stream is broken */
  mustBeChained(): void {
    for (const [stream, events] of this.#events)
      if (firstBrokenLink(events, sha256) !== null) this.violated(`the chain of ${stream} is broken`);
    this.#mustBeSound();
  }

  #mustBeSound(): void {
    if (this.#violations.length > 0) throw new Error(`${this.#violations.join('\n')}\n${this.describe()}`);
  }

  /** What happened so far, for the message of a test that failed. */
  describe(): string {
    const pending = this.pending.rows.map(({ phase, stream, version, wakeAt }) => {
      const when = Number.isFinite(wakeAt) ? new Date(wakeAt).toISOString() : 'now';
      return `${phase} ${stream} at ${version}: ${when}`;
    });
    return [
      `at ${this.now}`,
      ...[...this.#events].map(([stream, events]) => `${stream}: ${describeEvents(events)}`),
      `pending: ${pending.join(', ') || 'nothing'}`,
      ...this.#log.slice(-40),
    ].join('\n');
  }

  log(line: string): void {
    this.#log.push(`${this.now} ${line}`);
  }

  loggerOf({ holder }: Pick<ProcessView, 'holder'>, phase: Phase): HostedPhase['logger'] {
    const log = (details: unknown, message?: string) => {
      const { err, ...rest } = details as { readonly err?: Error };
      this.log([holder.holder, phase, message ?? '', err?.message ?? '', JSON.stringify(rest)].join(' '));
    };
    return { info: log, warn: log, error: log } as HostedPhase['logger'];
  }

  async append(append: Append, by?: { kill(): void }): Promise<Appended> {
    const appended = await this.store.append(append);
    if (appended.duplicate) return appended;
    this.#record(append.stream, await this.store.read(append.stream, { from: append.expectedVersion + 1 }));
    if (by !== undefined && this.isFatal(append)) by.kill();
    return appended;
  }

  #record(stream: string, events: readonly RecordedEvent[]): void {
    this.#events.set(stream, [...(this.#events.get(stream) ?? []), ...events]);
    const { category, id } = parseStreamName(stream);
    if (category === 'environment') {
      const folded = (events as readonly RecordedEvent<EnvironmentEvent>[]).reduce(
        (state, event) => environment.evolve(state, event),
        this.environmentState(id),
      );
      this.#environments.set(id, folded);
    } else if (category === 'deployment') {
      const before = this.state(id);
      const appended = events as readonly RecordedEvent<DeploymentEvent>[];
      const after = appended.reduce((state, event) => deployment.evolve(state, event), before);
      this.#states.set(id, after);
      this.onAppend({ id, before, events: appended, after });
    }
  }

  #hasStarted(id: string, step: string, attempt: number): boolean {
    return this.events(id).some(
      ({ type, data }) => type === 'StepStarted' && data.step === step && data.attempt === attempt,
    );
  }
}
