import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deployment,
  deploymentStream,
  environment,
  environmentStream,
  type DeploymentCommand,
  type DeploymentEvent,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type ReleaseRef,
} from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { CommandHandler, type Decider, type Fact } from '@backstay/event-sourcing';
import { testDatabase } from '@backstay/local-platform/testing';
import { openPlatform, PhaseRunner, readSettings, type Platform } from '@backstay/service-kit';
import { verificationService } from './index.ts';

type AnyEvent = DeploymentEvent | EnvironmentEvent;
type DataOf<Type extends AnyEvent['type']> = Extract<AnyEvent, { type: Type }>['data'];

/** One database and one data folder; verification runs on it as its own process would, and the test plays everybody else. */
export class Stage {
  readonly dataDir: string;
  readonly others: Platform;
  readonly #settings: NodeJS.ProcessEnv;
  readonly #closers: (() => Promise<void>)[] = [];

  private constructor(dataDir: string, settings: NodeJS.ProcessEnv, others: Platform) {
    this.dataDir = dataDir;
    this.#settings = settings;
    this.others = others;
  }

  static async open(): Promise<Stage> {
    const { url, drop } = await testDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'backstay-verification-'));
    const settings = {
      BACKSTAY_POSTGRES_URL: url,
      BACKSTAY_DATA_DIR: dataDir,
      BACKSTAY_ENVIRONMENTS: join(dataDir, 'environments.yaml'),
      BACKSTAY_LOG_LEVEL: process.env['SPEC_LOG'] ?? 'silent',
    };
    const others = await opened(settings);
    const stage = new Stage(dataDir, settings, others);
    stage.#closers.push(
      () => rm(dataDir, { recursive: true, force: true }),
      drop,
      () => others.close(),
    );
    return stage;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  /** Starts verification; the answer stops it as a shutdown would. */
  async verify(): Promise<() => Promise<void>> {
    const platform = await opened(this.#settings);
    const runner = new PhaseRunner({
      phase: 'verification',
      platform,

      ...verificationService.performers(platform),
    });
    await runner.start();
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= runner.stop().then(() => platform.close()));
    this.#closers.push(stop);
    return stop;
  }

  async handle(id: string, ...commands: readonly DeploymentCommand[]): Promise<void> {
    for (const command of commands) await this.#command(deployment, deploymentStream(id), id, command);
  }

  async adopt(version: string): Promise<void> {
    const command: EnvironmentCommand = {
      type: 'RequestAdoption',
      version,
      by: 'spec',
      reason: 'it runs already',
      at: this.others.now(),
    };
    await this.#command(environment, this.environment, 'orders-api.staging', command);
  }

  get environment(): string {
    return environmentStream('orders-api', 'staging');
  }

  async #command<Command, State, Event extends Fact>(
    decider: Decider<Command, State, Event>,
    stream: string,
    correlation: string,
    command: Command,
  ) {
    const { ids, now } = this.others;
    const metadata = {
      commandId: ids(),
      time: now(),
      actor: { kind: 'system', name: 'spec' },
      correlation,
      causation: null,
    } as const;
    await new CommandHandler(decider, this.others).handle(stream, command, metadata);
  }

  /** Planned but for verification's own report. */
  async preflight(id: string, plan: Plan, running: ReleaseRef | null = null): Promise<void> {
    const at = this.others.now();
    const claim = { claim: { stream: this.environment, version: 1 }, running, verifiedGood: running, quarantined: [] };
    await this.handle(
      id,
      {
        type: 'RequestDeployment',
        id,
        kind: 'deployment',
        origin: { source: 'spec', id, bodyDigest: 'x' },
        request: { document: '' },
        of: null,
        at,
      },
      { type: 'DraftPlan', plan, digest: 'd', commit: null, warnings: [], inherited: null },
      { type: 'ClearBlockers', satisfied: [], at },
      { type: 'RequestPreflight', ...claim, at },
      { type: 'ReportPreflight', phase: 'execution', findings: [], at },
      { type: 'ReportPreflight', phase: 'monitoring', findings: [], at },
    );
  }

  /** Executed, so that the steps after the deployment and the closing checks are due. */
  async executed(id: string, plan: Plan): Promise<void> {
    await this.preflight(id, plan);
    await this.event(id, 'DeploymentPlanned');
    const at = this.others.now();
    await this.handle(
      id,
      {
        type: 'CaptureRollbackPoint',
        point: { target: null, configurationDigest: null, schemaVersion: null, backupStep: null },
      },
      { type: 'BeginStep', step: 'deploy.1', token: 1, host: 'spec', at },
      {
        type: 'CompleteStep',
        step: 'deploy.1',
        attempt: 1,
        outcome: { status: 'succeeded' },
        token: 1,
        host: 'spec',
        at,
      },
    );
  }

  async types(id: string): Promise<readonly string[]> {
    return (await this.others.store.read(deploymentStream(id))).map(({ type }) => type);
  }

  event<Type extends DeploymentEvent['type']>(
    id: string,
    type: Type,
    where?: (data: DataOf<Type>) => boolean,
  ): Promise<DataOf<Type>> {
    return this.inStream(deploymentStream(id), type, where);
  }

  /** The first such event, as soon as there is one. */
  async inStream<Type extends AnyEvent['type']>(
    stream: string,
    type: Type,
    where: (data: DataOf<Type>) => boolean = () => true,
  ): Promise<DataOf<Type>> {
    const deadline = performance.now() + 25_000;
    for (;;) {
      const events = await this.others.store.read(stream);
      const found = events
        .filter((event) => event.type === type)
        .map(({ data }) => data as DataOf<Type>)
        .find(where);
      if (found !== undefined) return found;
      if (performance.now() > deadline)
        throw new Error(`no ${type} but ${events.map((event) => event.type).join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function opened(settings: NodeJS.ProcessEnv): Promise<Platform> {
  return openPlatform('verification', readSettings(settings));
}
