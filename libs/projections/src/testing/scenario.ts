import {
  deployment,
  deploymentStream,
  openStep,
  isRunning,
  nextStep,
  activeState,
  type CheckResult,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type OutputRef,
  type StepOutcome,
} from '@backstay/deployment';
import { emptyHead, seal, type Actor, type DomainEvent, type Head, type RecordedEvent } from '@backstay/event-sourcing';
import type { DeploymentRecord } from '../events.ts';

/** Time of a scenario's tick, one second each, on an arbitrary day. */
export const secondsIn = (seconds: number): string => new Date(Date.UTC(2026, 0, 5, 9) + seconds * 1_000).toISOString();

const digest = (text: string): string =>
  Array.from(text)
    .reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 0xffffffff, 7)
    .toString(16)
    .padStart(64, '0');
const system: Actor = { kind: 'service', name: 'backstay' };

export interface StepEnding {
  readonly outcome?: StepOutcome;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly checks?: readonly CheckResult[];
  readonly output?: OutputRef;
}

/** One deployment's stream as the real aggregate writes it, one second after another. */
export class Scenario {
  readonly id: string;
  readonly #events: RecordedEvent<DeploymentEvent>[] = [];
  #state: DeploymentState = deployment.initialState;
  #head: Head = emptyHead;
  #second: number;

  constructor(id = 'd1', second = 0) {
    this.id = id;
    this.#second = second;
  }

  get events(): readonly DeploymentRecord[] {
    return this.#events;
  }

  get state(): DeploymentState {
    return this.#state;
  }

  /** The moment of the next command. */
  get now(): string {
    return secondsIn(this.#second);
  }

  /** Lets time pass. */
  later(seconds: number): this {
    this.#second += seconds;
    return this;
  }

  /** Gives the command to the aggregate and records what it decides. */
  when(command: (at: string) => DeploymentCommand, actor: Actor = system): this {
    const time = this.now;
    const decided = deployment.decide(command(time), this.#state);
    const metadata = {
      commandId: `${this.id}-${this.#second}`,
      time,
      actor,
      correlation: this.id,
      causation: this.#events.at(-1)?.id ?? null,
    };
    const number = () => `${this.id}-e${(count += 1)}`;
    let count = this.#head.version;
    for (const event of seal(deploymentStream(this.id), this.#head, decided, metadata, number, digest))
      this.#record(event);
    return this.later(1);
  }

  /** Performs the next steps, those before `until`; unnamed ones succeed. */
  perform(endings: Readonly<Record<string, StepEnding>> = {}, until?: string): this {
    for (let step = this.#nextStep(); step !== undefined && step !== until; step = this.#nextStep())
      this.performOne(step, endings[step]);
    return this;
  }

  /** One attempt of a step. */
  performOne(step: string, { outcome = { status: 'succeeded' }, ...more }: StepEnding = {}): this {
    const fenced = { step, token: 1, host: 'host-1' };
    if (this.#open()?.step !== step) this.when((at) => ({ type: 'BeginStep', ...fenced, at }));
    const attempt = this.#open()?.attempt ?? 1;
    return this.when((at) => ({ type: 'CompleteStep', ...fenced, attempt, outcome, ...more, at }));
  }

  #open() {
    const active = activeState(this.#state);
    return isRunning(active) ? openStep(active) : undefined;
  }

  #nextStep(): string | undefined {
    const state = this.#state;
    return isRunning(state) ? nextStep(state)?.id : undefined;
  }

  #record(sealed: Omit<RecordedEvent<DomainEvent>, 'cursor'>): void {
    const event = { ...sealed, cursor: `0-${sealed.version}` } as DeploymentRecord;
    this.#events.push(event);
    this.#state = deployment.evolve(this.#state, event);
    this.#head = { version: event.version, hash: event.hash };
  }
}
