import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  deployment,
  deploymentStream,
  underlying,
  type Claim,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentState,
  type DeployRequest,
  type Inherited,
} from '@backstay/deployment';
import { planSchema, type Action, type Plan, type Stage, type Step } from '@backstay/document';
import { CommandHandler, type RecordedEvent } from '@backstay/event-sourcing';
import { testDatabase } from '@backstay/local-platform/testing';
import { openPlatform, PhaseRunner, readSettings } from '@backstay/service-kit';
import { Registry } from 'prom-client';
import { rollbackService } from './index.ts';

const at = () => new Date().toISOString();

export function step(id: string, action: Action, more: Partial<Step> = {}): Step {
  const [stage = 'deploy', number = '1'] = id.split('.');
  const line = { pre: 10, deploy: 100, post: 200, rollback: 300 }[stage as Stage] + Number(number);
  const defaults = {
    title: `Step ${id}`,
    origin: 'document' as const,
    expected: [],
    onFailure: 'stop' as const,
    timeoutMs: 20_000,
    irreversible: false,
  };
  const mutates = !['wait', 'notify', 'evidence', 'backup', 'checkout', 'manual'].includes(action.kind);
  const effect = action.kind === 'run' ? ('reattachable' as const) : ('idempotent' as const);
  return {
    ...defaults,
    id,
    stage: stage as Stage,
    number: Number(number),
    action,
    effect,
    mutates,
    source: { line },
    ...more,
  };
}

/** A command that a shell runs. */
export function run(id: string, text: string, more: Partial<Step> = {}): Step {
  return step(id, { kind: 'run', shell: true, commands: [{ text, argv: ['sh', '-c', text] }] }, more);
}

export function planOf(steps: readonly Step[], more: Partial<Plan> = {}): Plan {
  return planSchema.parse({
    grammar: 1,
    service: 'orders-api',
    version: '2.0.0',
    environment: 'staging',
    procedureDigest: 'procedure',
    scope: { windows: [] },
    baseUrl: null,
    delivery: null,
    steps,
    environmentVariables: [],
    secrets: [],
    dependencies: [],
    smokeTests: [],
    healthChecks: [],
    monitoring: {
      source: null,
      watchMs: 0,
      everyMs: 1_000,
      baselineMs: 0,
      minimumSamples: 0,
      minimumRequests: 0,
      mode: 'active',
      onNoData: { waitMs: 0, then: 'fail' },
      metrics: [],
      thresholds: [],
      limits: { cores: null, memoryBytes: null },
      dashboards: [],
      logs: null,
    },
    rollback: { triggers: [], steps: [], timeoutMs: 60_000, dataLossMs: null },
    documentation: [],
    blockedBy: [],
    blocks: [],
    acceptanceCriteria: [],
    channels: {},
    allow: ['127.0.0.1:*'],
    acceptsUnattested: true,
    queue: 'fifo',
    ...more,
  });
}

/** A platform over a database of its own, and deployments that stand where a test begins. */
export async function world() {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'backstay-rollback-'));
  const settings = readSettings({
    BACKSTAY_POSTGRES_URL: database.url,
    BACKSTAY_DATA_DIR: dataDir,
    BACKSTAY_LOG_LEVEL: 'silent',
    BACKSTAY_HOST_NAME: 'here',
  });
  const platform = await openPlatform('rollback', settings);
  const handler = new CommandHandler(deployment, { store: platform.store, ids: platform.ids, digest: platform.digest });
  const runners: PhaseRunner[] = [];

  const send = async (id: string, command: DeploymentCommand): Promise<DeploymentState> => {
    const actor = { kind: 'service', name: 'test' } as const;
    const metadata = { commandId: platform.ids(), time: at(), actor, correlation: id, causation: null };
    return (await handler.handle(deploymentStream(id), command, metadata)).folded.state;
  };
  const state = async (id: string) => (await handler.fold(deploymentStream(id))).state;
  const events = (id: string) => platform.store.read<DeploymentEvent>(deploymentStream(id));
  const claimOf = (more: Partial<Claim>): Claim => ({
    stream: 'environment-orders-api.staging',
    version: 1,
    running: null,
    verifiedGood: null,
    quarantined: [],
    ...more,
  });

  return {
    platform,
    dataDir,
    send,
    state,
    events,
    /** Asked for and claimed: every phase is to look at what it will use. */
    async claimed(
      plan: Plan,
      { claim = {}, request = {} }: { claim?: Partial<Claim>; request?: Partial<DeployRequest> } = {},
    ): Promise<string> {
      const id = platform.ids();
      const origin = { source: 'test', id, bodyDigest: id };
      await send(id, {
        type: 'RequestDeployment',
        id,
        kind: 'deployment',
        origin,
        request: { document: '#', ...request },
        of: null,
        at: at(),
      });
      await send(id, { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited: null });
      await send(id, { type: 'ClearBlockers', satisfied: [], at: at() });
      const { stream, version, ...known } = claimOf(claim);
      await send(id, { type: 'RequestPreflight', claim: { stream, version }, ...known, at: at() });
      return id;
    },
    /** Planned, with what ran before recorded: its steps can be performed. */
    async planned(
      plan: Plan,
      options: { claim?: Partial<Claim>; request?: Partial<DeployRequest> } = {},
    ): Promise<string> {
      const id = await this.claimed(plan, options);
      for (const phase of ['execution', 'verification', 'monitoring'] as const)
        await send(id, { type: 'ReportPreflight', phase, findings: [], at: at() });
      const target = options.claim?.running ?? null;
      const point = { target, configurationDigest: null, schemaVersion: null, backupStep: null };
      await send(id, { type: 'CaptureRollbackPoint', point });
      return id;
    },
    /** Asked for to take a succeeded deployment back, which is all that it does. */
    async takenBack(plan: Plan, inherited: Inherited): Promise<string> {
      const id = platform.ids();
      const origin = { source: 'test', id, bodyDigest: id };
      const request = { document: '#', reason: 'it is slow' };
      await send(id, {
        type: 'RequestDeployment',
        id,
        kind: 'rollback',
        origin,
        request,
        of: inherited.deployment,
        at: at(),
      });
      await send(id, { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited });
      await send(id, { type: 'ClearBlockers', satisfied: [], at: at() });
      const { stream, version, ...known } = claimOf({ version: 2 });
      await send(id, { type: 'RequestPreflight', claim: { stream, version }, ...known, at: at() });
      for (const phase of ['execution', 'verification', 'monitoring'] as const)
        await send(id, { type: 'ReportPreflight', phase, findings: [], at: at() });
      return id;
    },
    /** One step as its performer would record it. */
    async perform(id: string, name: string, result: Readonly<Record<string, unknown>> = {}): Promise<DeploymentState> {
      await send(id, { type: 'BeginStep', step: name, token: 1, host: 'here', at: at() });
      return send(id, {
        type: 'CompleteStep',
        step: name,
        attempt: 1,
        token: 1,
        host: 'here',
        outcome: { status: 'succeeded' },
        result,
        at: at(),
      });
    },
    async trigger(id: string): Promise<DeploymentState> {
      const trigger = { kind: 'manual', text: 'it looks bad', line: null, by: 'an operator' } as const;
      return send(id, { type: 'TriggerRollback', trigger, reason: 'it looks bad', at: at() });
    },
    async start(): Promise<PhaseRunner> {
      const lease = { ttlMs: 2_000, renewEveryMs: 300 };
      const process = { ...platform, registry: new Registry() };
      const runner = new PhaseRunner({
        phase: 'rollback',
        platform: process,

        lease,
        ...rollbackService.performers(process),
      });
      runners.push(runner);
      await runner.start();
      return runner;
    },
    /** Waits, bounded, until the deployment's state is as told. */
    async until(id: string, isSo: (state: DeploymentState) => boolean): Promise<DeploymentState> {
      for (const deadline = performance.now() + 20_000; ;) {
        const present = await state(id);
        if (isSo(present)) return present;
        if (performance.now() > deadline)
          throw new Error(`still ${present.status}: ${(await events(id)).map(told).join(', ')}`);
        await pause(50);
      }
    },
    /** For `afterEach`: a test that failed leaves nobody at work. */
    async stopAll(): Promise<void> {
      await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    },
    async close(): Promise<void> {
      await platform.close();
      await rm(dataDir, { recursive: true, force: true });
      await database.drop();
    },
  };
}

export type World = Awaited<ReturnType<typeof world>>;

export function recordOf(state: DeploymentState, id: string) {
  const whole = underlying(state);
  return whole.status === 'none' || whole.status === 'planning' ? undefined : whole.steps[id];
}

function told({ type, data }: RecordedEvent<DeploymentEvent>): string {
  const { step, reason } = data as { step?: string; reason?: string };
  return [type, step, reason].filter((each) => each !== undefined && each !== null).join(' ');
}

/** Waits, bounded, for what is not in the stream. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 20_000; !(await isSo());) {
    if (performance.now() > deadline) throw new Error('it did not become so');
    await pause(50);
  }
}
