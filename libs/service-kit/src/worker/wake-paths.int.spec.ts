import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deploymentStream, type Phase } from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import { connectBus, WakeUps, type Bus } from '@backstay/jetstream';
import { eventually, stopTestParts, testDatabase, testNats, type TestDatabase } from '@backstay/local-platform/testing';
import { workLease } from '@backstay/postgres';
import { readSettings } from '../config/config.ts';
import { openRuntime, platformOf, type Runtime } from '../platform.ts';
import { PHASE_HANDLERS, type PhaseService } from '../phase.module.ts';
import { startPhaseServices } from '../start-service.ts';

import { planOf, step } from '../testing/plans.ts';
import { PhaseHost, type DeploymentHandlers } from './phase-host.ts';
import { processIdentity } from './process-identity.ts';
import { workerMetrics } from './worker-metrics.ts';

const actor = { kind: 'system', name: 'spec' } as const;

const plan = planOf([step('deploy.1', { kind: 'wait', ms: 1 }), step('deploy.2', { kind: 'wait', ms: 1 })]);
const report = (phase: 'execution' | 'verification' | 'monitoring'): DeploymentHandlers => ({
  'probe-preflight': async (_effect, { now }) => [{ type: 'ReportPreflight', phase, findings: [], at: now() }],
});

/** Each phase does what it is to do at once, and nothing in the world. */
const handlers: Readonly<Record<Exclude<Phase, 'rollback'>, DeploymentHandlers>> = {
  planning: {
    'draft-plan': async () => [
      { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited: null },
    ],
    'check-blockers': async (_effect, { now }) => [{ type: 'ClearBlockers', satisfied: [], at: now() }],
    'claim-environment': async (_effect, { now }) => [
      {
        type: 'RequestPreflight',
        claim: { stream: 'environment-orders-api.staging', version: 1 },
        running: null,
        verifiedGood: null,
        quarantined: [],
        at: now(),
      },
    ],
    'settle-environment': async () => [
      { type: 'ReleaseEnvironment', stream: 'environment-orders-api.staging', version: 2 },
    ],
  },
  execution: {
    ...report('execution'),
    'capture-rollback-point': async () => [
      {
        type: 'CaptureRollbackPoint',
        point: { target: null, configurationDigest: null, schemaVersion: null, backupStep: null, weights: [] },
      },
    ],
    'complete-wait': async ({ step: id, attempt }, { token, host, now }) => [
      { type: 'CompleteStep', step: id, attempt, token, host, outcome: { status: 'succeeded' }, result: {}, at: now() },
    ],
  },
  verification: {
    ...report('verification'),
    'run-checks': async (_effect, { token, now }) => [
      { type: 'RecordChecks', purpose: 'verification', token, results: [], at: now() },
    ],
  },
  monitoring: report('monitoring'),
};

describe('the two wake paths', () => {
  let database: TestDatabase;
  let natsUrl: string;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    [database, natsUrl] = [await testDatabase(), (await testNats()).url];
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await database?.drop();
    await stopTestParts();
  });

  const settings = (nats = natsUrl) =>
    readSettings({
      BACKSTAY_POSTGRES_URL: database.url,
      BACKSTAY_NATS_URL: nats,
      BACKSTAY_NATS_AUTH: 'none',
      BACKSTAY_HEALTH_PORT: '0',
      BACKSTAY_LOG_LEVEL: 'silent',
    });

  async function opened(nats?: string): Promise<Runtime> {
    const runtime = await openRuntime('spec', settings(nats));
    closers.push(() => runtime.close());
    return runtime;
  }

  async function started(runtime: Runtime): Promise<void> {
    const services = Object.entries(handlers).map(([phase, deployment]): PhaseService => ({
      phase: phase as Phase,
      healthPort: 0,
      module: {
        module: class {},
        providers: [{ provide: PHASE_HANDLERS, useValue: { deployment } }],
        exports: [PHASE_HANDLERS],
      },
    }));
    const running = await startPhaseServices(services, runtime);
    closers.push(() => running.close());
  }

  async function joined(runtime: Runtime): Promise<void> {
    const bus: Bus = await connectBus({ url: natsUrl, name: 'spec', onStatus: () => undefined });
    closers.push(() => bus.close());
    runtime.wakeUps.join(new WakeUps({ nc: bus.nc, source: '/spec', onFault: () => undefined }));
  }

  const types = async ({ store }: Runtime, id: string) =>
    (await store.read(deploymentStream(id))).map(({ type }) => type);
  const ended = (runtime: Runtime, id: string) =>
    eventually(
      async () => ((await types(runtime, id)).includes('EnvironmentReleased') ? true : undefined),
      async () => `only ${(await types(runtime, id)).join(', ')}`,
    );

  it('lead through all phases by NATS alone, while the durable path brings nothing', async () => {
    const [asking, working] = [await opened(), await opened()];
    const stalled: Runtime = {
      ...working,
      events: {
        async *subscribe({ signal }: { signal: AbortSignal }) {
          await once(signal, 'abort').catch(() => undefined);
          yield [];
        },
      } as unknown as Runtime['events'],
      pendingWork: {
        look: () => Promise.resolve({ due: [], checkpoints: new Map() }),
        write: () => Promise.resolve(),
      } as unknown as Runtime['pendingWork'],
    };
    await started(stalled);
    await joined(asking);
    await asking.deployments.handle('fast', exampleRequested({ id: 'fast' }), { actor });
    await ended(asking, 'fast');
    expect(await types(asking, 'fast')).toContain('DeploymentSucceeded');
  });

  it('lead through all phases by the store alone, while NATS is away', async () => {
    const [asking, working] = [await opened('nats://127.0.0.1:1'), await opened('nats://127.0.0.1:1')];
    await started(working);
    await asking.deployments.handle('durable', exampleRequested({ id: 'durable' }), { actor });
    await ended(asking, 'durable');
    expect(await types(asking, 'durable')).toContain('DeploymentSucceeded');
  });

  it('leave no pending work of a deployment that has ended, whoever has left it', async () => {
    const [lost, runtime] = [await opened(), await opened()];
    const stream = deploymentStream('over');
    await lost.deployments.handle('over', exampleRequested({ id: 'over' }), { actor });
    const wakeAt = new Date(Date.parse(lost.now()) + 1_000).toISOString();
    const sleeping = { stream, version: 1, kind: 'sleep', wakeAt } as const;
    await lost.pendingWork.write(
      Object.keys(handlers).map((phase) => ({ ...sleeping, phase })),
      new Map(),
    );
    const pendingSql = 'SELECT phase FROM backstay.pending_work WHERE stream = $1';
    const left = async () =>
      (await runtime.pool.query<{ phase: string }>(pendingSql, [stream])).rows.map(({ phase }) => phase);
    expect((await left()).toSorted()).toEqual(Object.keys(handlers).toSorted());
    await started(runtime);
    await ended(runtime, 'over');
    await eventually(
      async () => ((await left()).length === 0 ? true : undefined),
      async () => `left: ${(await left()).join(', ')}`,
    );
  });

  it('let a holder that died on this machine be succeeded at once, and one that lives be left alone', async () => {
    const platform = platformOf(await opened('nats://127.0.0.1:1'), 'planning');
    const { machine } = processIdentity(platform.host);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const name = workLease('planning', deploymentStream('orphan'));
    const held = await platform.liveLeases.acquire({
      name,
      holder: `${machine}${child.pid}/${startTime}`,
      ttlMs: 3_600_000,
    });
    const tokens: number[] = [];
    const host = new PhaseHost(platform, [
      {
        phase: 'planning',
        metrics: workerMetrics(platform.registry),
        logger: platform.logger,
        deployment: {
          'draft-plan': async (_effect, { token, now }) => {
            tokens.push(token);
            return [{ type: 'RejectDeployment', because: 'document', problems: [], at: now() }];
          },
        },
      },
    ]);
    await platform.deployments.handle('orphan', exampleRequested({ id: 'orphan' }), { actor });
    await host.start();
    closers.push(() => host.stop());
    expect(await platform.leases.take({ name })).toBeNull();
    expect(tokens).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await eventually(
      async () => ((await types(platform, 'orphan')).includes('DeploymentRejected') ? true : undefined),
      () => 'the dead holder is waited for',
    );
    expect(tokens).toEqual([(held?.lease.token ?? 0) + 1]);
  });
});
