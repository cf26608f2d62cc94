import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deployment,
  deploymentStream,
  measurementsStream,
  type CheckResult,
  type DeploymentCommand,
  type DeploymentEvent,
  type MeasurementsTaken,
  type ReleaseRef,
} from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { CommandHandler, type RecordedEvent } from '@backstay/event-sourcing';
import { testDatabase } from '@backstay/local-platform/testing';
import { openPlatform, PhaseRunner, readSettings, type Platform } from '@backstay/service-kit';
import { monitoringService } from './index.ts';

export const runningBefore: ReleaseRef = { version: '1.0.0', commit: null, release: null, deployment: null };

type DataOf<Type extends DeploymentEvent['type']> = Extract<DeploymentEvent, { type: Type }>['data'];
type Story = readonly RecordedEvent<DeploymentEvent>[];

/** One database and one data folder; monitoring runs on it as its own process would, and the test plays everybody else. */
export class Stage {
  readonly dataDir: string;
  readonly #url: string;
  readonly #drop: () => Promise<void>;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly others: Platform;

  private constructor(dataDir: string, url: string, drop: () => Promise<void>, others: Platform) {
    this.dataDir = dataDir;
    this.#url = url;
    this.#drop = drop;
    this.others = others;
  }

  static async open(): Promise<Stage> {
    const { url, drop } = await testDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'backstay-monitoring-'));
    return new Stage(dataDir, url, drop, await opened(url, dataDir));
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.others.close();
    await this.#drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Starts monitoring; the answer stops it as a shutdown would. */
  async monitor(): Promise<{ readonly platform: Platform; readonly stop: () => Promise<void> }> {
    const platform = await opened(this.#url, this.dataDir);
    const runner = new PhaseRunner({
      phase: 'monitoring',
      platform,

      ...monitoringService.performers(platform),
    });
    await runner.start();
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= runner.stop().then(() => platform.close()));
    this.#closers.push(stop);
    return { platform, stop };
  }

  async handle(id: string, ...commands: readonly DeploymentCommand[]): Promise<void> {
    const { ids, now } = this.others;
    for (const command of commands) {
      const metadata = {
        commandId: ids(),
        time: now(),
        actor: { kind: 'system', name: 'spec' },
        correlation: id,
        causation: null,
      } as const;
      await new CommandHandler(deployment, this.others).handle(deploymentStream(id), command, metadata);
    }
  }

  /** Planned but for monitoring's own report. */
  async preflight(id: string, plan: Plan, running: ReleaseRef | null = runningBefore): Promise<void> {
    const at = this.others.now();
    const claim = {
      claim: { stream: 'environment-orders-api.staging', version: 1 },
      running,
      verifiedGood: running,
      quarantined: [],
    };
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
      { type: 'ReportPreflight', phase: 'verification', findings: [], at },
    );
  }

  /** A mutating step is open. */
  async execute(id: string, plan: Plan, running: ReleaseRef | null = runningBefore): Promise<void> {
    await this.preflight(id, plan, running);
    await this.event(id, 'DeploymentPlanned');
    const at = this.others.now();
    await this.handle(
      id,
      {
        type: 'CaptureRollbackPoint',
        point: { target: running, configurationDigest: null, schemaVersion: null, backupStep: null },
      },
      { type: 'BeginStep', step: 'deploy.1', token: 1, host: 'spec', at },
    );
  }

  /** Executed: what follows is the turn of the steps after the deployment, or of the closing checks. */
  async executed(id: string): Promise<void> {
    const { now } = this.others;
    await this.handle(id, {
      type: 'CompleteStep',
      step: 'deploy.1',
      attempt: 1,
      outcome: { status: 'succeeded' },
      token: 1,
      host: 'spec',
      at: now(),
    });
  }

  /** Executed and verified: the watch window begins. */
  async verify(id: string): Promise<void> {
    await this.executed(id);
    const check: CheckResult = {
      kind: 'smoke-test',
      title: 'User Login',
      passed: true,
      line: null,
      attempts: 1,
      observed: {},
    };
    await this.handle(id, {
      type: 'RecordChecks',
      purpose: 'verification',
      token: 1,
      results: [check],
      at: this.others.now(),
    });
  }

  story(id: string): Promise<Story> {
    return this.others.store.read<DeploymentEvent>(deploymentStream(id));
  }

  measurements(id: string): Promise<RecordedEvent<MeasurementsTaken>[]> {
    return this.others.store.read<MeasurementsTaken>(measurementsStream(id));
  }

  /** The first such event, as soon as there is one. */
  async event<Type extends DeploymentEvent['type']>(
    id: string,
    type: Type,
    where: (data: DataOf<Type>) => boolean = () => true,
  ): Promise<DataOf<Type>> {
    const find = async () =>
      (await this.story(id))
        .filter((event) => event.type === type)
        .map(({ data }) => data as DataOf<Type>)
        .find(where);
    return until(find, async () => `no ${type} but ${(await this.story(id)).map((event) => event.type).join(', ')}`);
  }

  /** As soon as so many ticks are recorded. */
  async ticks(id: string, count: number): Promise<readonly RecordedEvent<MeasurementsTaken>[]> {
    const enough = async () => {
      const taken = await this.measurements(id);
      return taken.length >= count ? taken : undefined;
    };
    return until(enough, async () => `only ${(await this.measurements(id)).length} ticks`);
  }
}

function opened(url: string, dataDir: string): Promise<Platform> {
  return openPlatform(
    'monitoring',
    readSettings({
      BACKSTAY_POSTGRES_URL: url,
      BACKSTAY_DATA_DIR: dataDir,
      BACKSTAY_LOG_LEVEL: process.env['SPEC_LOG'] ?? 'silent',
    }),
  );
}

export async function until<T>(
  look: () => Promise<T | undefined>,
  otherwise: () => Promise<string>,
  withinMs = 25_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(await otherwise());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
