import {
  deploymentStream,
  environmentStream,
  preflightPhases,
  type Claim,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type DeployRequest,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type Inherited,
  type PreflightPhase,
  type ReleaseRef,
} from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import type { Plan, RecordedWeights } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { eventually, stopTestParts } from '@backstay/local-platform/testing';
import type { Platform } from '../platform.ts';
import { hostedPhase, PhaseHost } from '../worker/phase-host.ts';
import { handlersOn, stageSetup, type StageSetup } from './stage-setup.ts';
import { describeEvents } from './describe.ts';

type AnyEvent = DeploymentEvent | EnvironmentEvent;
type DataOf<Type extends AnyEvent['type']> = Extract<AnyEvent, { type: Type }>['data'];

/** How a deployment came to be, where it matters. */
export interface Beginning {
  readonly id?: string;
  readonly request?: Partial<DeployRequest>;
  readonly claim?: Partial<Omit<Claim, 'stream'>>;
  /** Of the succeeded deployment that is taken back, which is then all that this one does. */
  readonly inherited?: Inherited;
  /** What servers of proxies weighed before. */
  readonly weights?: readonly RecordedWeights[];
}

const actor = { kind: 'service', name: 'test' } as const;
const fenced = { token: 1, host: 'here' };

/** A stage for all tests of a file or a `describe`: nobody is left at work after each, and it is closed after the last. */
export function forAllTests<Stage extends PhaseStage>(stage: Stage): Stage {
  beforeAll(() => stage.open());
  afterEach(() => stage.stopAll());
  afterAll(async () => {
    await stage.close();
    await stopTestParts();
  });
  return stage;
}

/** One phase at work on a platform of its own, and a test that plays everybody else. */
export class PhaseStage {
  readonly #service: StageSetup['service'];
  readonly #hosts: PhaseHost[] = [];
  #opened: StageSetup | undefined;

  constructor(service: StageSetup['service']) {
    this.#service = service;
  }

  async open(): Promise<this> {
    this.#opened = await stageSetup(this.#service);
    return this;
  }

  get platform(): Platform {
    return this.#setup.platform;
  }

  get dataDir(): string {
    return this.#setup.dataDir;
  }

  get #setup(): StageSetup {
    if (this.#opened === undefined) throw new Error('the stage is not open yet');
    return this.#opened;
  }

  /** Starts the phase as a process would; its `stop` is a shutdown, after which another one may go on, `laterMs` by its clock. */
  async start({ laterMs = 0 } = {}): Promise<PhaseHost> {
    const now = () => new Date(Date.parse(this.platform.now()) + laterMs).toISOString();
    const clock = { ...this.platform.clock, now };
    const platform = { ...this.platform, clock, now, registry: new Registry() };
    const service = this.#service;
    const host = new PhaseHost(platform, [hostedPhase(service.phase, await handlersOn(platform, service), platform)]);
    this.#hosts.push(host);
    await host.start();
    return host;
  }

  /** For `afterEach`: a test that failed leaves nobody at work. */
  async stopAll(): Promise<void> {
    await Promise.all(this.#hosts.splice(0).map((host) => host.stop()));
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.#opened?.close();
  }

  /** Decides and appends, as anybody but the phase. */
  async send(id: string, ...commands: readonly DeploymentCommand[]): Promise<DeploymentState> {
    for (const command of commands) await this.platform.deployments.handle(id, command, { actor });
    return this.state(id);
  }

  async sendToEnvironment(id: string, command: EnvironmentCommand): Promise<void> {
    await this.platform.environments.handle(id, command, { actor });
  }

  async state(id: string): Promise<DeploymentState> {
    return (await this.platform.deployments.load(id)).state;
  }

  events(id: string): Promise<RecordedEvent<DeploymentEvent>[]> {
    return this.platform.store.read<DeploymentEvent>(deploymentStream(id));
  }

  async types(id: string): Promise<readonly string[]> {
    return (await this.events(id)).map(({ type }) => type);
  }

  /** Asked for and claimed: every phase is to look at what it will use. Returns its id. */
  async claimed(plan: Plan, { id = this.platform.ids(), request, claim, inherited }: Beginning = {}): Promise<string> {
    const at = this.platform.now();
    const stream = environmentStream(plan.service, plan.environment);
    const { version, ...known } = { version: 1, running: null, verifiedGood: null, quarantined: [], ...claim };
    await this.send(
      id,
      exampleRequested({
        id,
        kind: inherited === undefined ? 'deployment' : 'rollback',
        origin: { source: 'test', id, bodyDigest: id },
        request: { document: '#', ...request },
        of: inherited?.deployment ?? null,
        at,
      }),
      { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited: inherited ?? null },
      { type: 'ClearBlockers', satisfied: [], at },
      { type: 'RequestPreflight', claim: { stream, version }, ...known, at },
    );
    return id;
  }

  /** Claimed, with nothing found against it by the other phases. */
  async preflight(id: string, plan: Plan, running: ReleaseRef | null = null): Promise<void> {
    await this.claimed(plan, { id, claim: { running, verifiedGood: running } });
    await this.#report(
      id,
      preflightPhases.filter((phase) => phase !== this.#setup.service.phase),
    );
  }

  /** Claimed, with nothing found against it by any phase. Returns its id. */
  async planned(plan: Plan, beginning?: Beginning): Promise<string> {
    const id = await this.claimed(plan, beginning);
    await this.#report(id, preflightPhases);
    return id;
  }

  async #report(id: string, phases: readonly PreflightPhase[]): Promise<void> {
    const at = this.platform.now();
    await this.send(
      id,
      ...phases.map((phase): DeploymentCommand => ({ type: 'ReportPreflight', phase, findings: [], at })),
    );
  }

  /** What ran before is recorded: the steps can be performed. */
  async captured(
    id: string,
    target: ReleaseRef | null = null,
    weights: readonly RecordedWeights[] = [],
  ): Promise<void> {
    const point = { target, configurationDigest: null, schemaVersion: null, backupStep: null, weights };
    await this.send(id, { type: 'CaptureRollbackPoint', point });
  }

  begin(id: string, step: string): Promise<DeploymentState> {
    return this.send(id, { type: 'BeginStep', step, ...fenced, at: this.platform.now() });
  }

  complete(id: string, step: string, result: Readonly<Record<string, unknown>> = {}): Promise<DeploymentState> {
    const outcome = { status: 'succeeded' } as const;
    const at = this.platform.now();
    return this.send(id, { type: 'CompleteStep', step, attempt: 1, ...fenced, outcome, result, at });
  }

  /** One step as its phase would record it. */
  async perform(id: string, step: string, result?: Readonly<Record<string, unknown>>): Promise<DeploymentState> {
    await this.begin(id, step);
    return this.complete(id, step, result);
  }

  /** The deployment's state, as soon as it is as expected. */
  until(id: string, isReached: (state: DeploymentState) => boolean): Promise<DeploymentState> {
    const look = async () => {
      const present = await this.state(id);
      return isReached(present) ? present : undefined;
    };
    return eventually(
      look,
      async () => `still ${(await this.state(id)).status}: ${describeEvents(await this.events(id))}`,
    );
  }

  /** The first such event of a deployment, as soon as there is one. */
  event<Type extends DeploymentEvent['type']>(
    id: string,
    type: Type,
    where?: (data: DataOf<Type>) => boolean,
  ): Promise<DataOf<Type>> {
    return this.inStream(deploymentStream(id), type, where);
  }

  async inStream<Type extends AnyEvent['type']>(
    stream: string,
    type: Type,
    where: (data: DataOf<Type>) => boolean = () => true,
  ): Promise<DataOf<Type>> {
    const look = async () =>
      (await this.platform.store.read(stream))
        .filter((event) => event.type === type)
        .map(({ data }) => data as DataOf<Type>)
        .find(where);
    const found = await eventually<unknown>(
      look,
      async () => `no ${type} but ${describeEvents(await this.platform.store.read(stream))}`,
    );
    return found as DataOf<Type>;
  }
}
