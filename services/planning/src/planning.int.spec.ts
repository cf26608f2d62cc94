import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  deploymentStream,
  environmentId,
  environmentStream,
  type DeploymentCommand,
  type EnvironmentCommand,
  type EnvironmentState,
} from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { type RecordedEvent } from '@backstay/event-sourcing';
import {
  deploymentId,
  deployRequestedType,
  intakeStream,
  intakeSubject,
  publishRequest,
  type Bus,
} from '@backstay/jetstream';
import { eventually, testNats } from '@backstay/local-platform/testing';
import type { Platform } from '@backstay/service-kit';
import { world } from './planning.test-support.ts';

const system = { kind: 'system', name: 'spec' } as const;

describe('the planning service', () => {
  const here = world();
  let bus: Bus;
  let platform: Platform;
  let names = 0;

  beforeAll(async () => {
    const { url } = await testNats();
    const environments = join(here.directory, 'environments.yaml');
    writeFileSync(environments, 'environments: { staging: { services: { planned-in-json: {} } } }\n');
    repository();
    const own = { BACKSTAY_NATS_AUTH: 'none', BACKSTAY_ENVIRONMENTS: environments };
    const planning = await here.start(url, own);
    platform = planning.platform;
    bus = await planning.connect();
    // A start does not wait for NATS for long; what is published before the stream is there is refused.
    const streams = (await bus.js.jetstreamManager()).streams;
    await eventually(() => streams.info(intakeStream.name).catch(() => null), 'the intake stream');
  });

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Spec', '-c', 'user.email=spec@localhost', ...args], {
      cwd: join(here.directory, 'repository'),
      encoding: 'utf8',
    }).trim();

  function repository(): void {
    mkdirSync(join(here.directory, 'repository'), { recursive: true });
    git('init', '--quiet', '--initial-branch=main');
    writeFileSync(join(here.directory, 'repository/README.md'), 'a service\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'begin');
    git('tag', 'v1.0.0');
  }

  const newName = () => `service-${(names += 1)}`;

  function documentOf(name: string, { ref = 'v1.0.0', blockedBy = 'none' } = {}): string {
    return `# Deployment: ${name} 1.0.0

## Deployment Scope
- Name: ${name}
- Version: 1.0.0
- Repository: file://${join(here.directory, 'repository')}
- Branch/Tag: ${ref}
- Environment: staging

## Deployment Procedure

### Deployment Steps
1. Say hello
   - Run: \`true\`
   - Undo: none

## Dependencies

**Blocked By:**
- ${blockedBy}
`;
  }

  const publish = (request: Parameters<typeof publishRequest>[1]['request'], id: string) =>
    publishRequest(bus.js, { request, source: '/spec', id });

  /** The stream's events as soon as one of this type stands in it. */
  async function until(stream: string, type: string): Promise<readonly RecordedEvent[]> {
    const stop = new AbortController();
    for await (const batch of platform.store.subscribe({ signal: stop.signal })) {
      if (!batch.some((event) => event.stream === stream && event.type === type)) continue;
      stop.abort();
    }
    return platform.store.read(stream);
  }

  const untilOf = (id: string, type: string) => until(deploymentStream(id), type);
  const dataOf = (events: readonly RecordedEvent[], type: string) =>
    events.findLast((event) => event.type === type)?.data as Record<string, unknown>;

  async function command(id: string, what: DeploymentCommand): Promise<void> {
    const metadata = {
      commandId: platform.ids(),
      time: platform.now(),
      actor: system,
      correlation: id,
      causation: null,
    };
    await platform.deployments.handle(id, what, metadata);
  }

  async function inEnvironment(name: string, what: EnvironmentCommand): Promise<EnvironmentState> {
    const metadata = {
      commandId: platform.ids(),
      time: platform.now(),
      actor: system,
      correlation: name,
      causation: null,
    };
    return (await platform.environments.handle(environmentId(name, 'staging'), what, metadata)).folded.state;
  }

  async function parked(reason: RegExp): Promise<string> {
    const find = async () => (await platform.parked.list(100)).find((message) => reason.test(message.reason));
    return (await eventually(find)).reason;
  }

  it('drafts a plan at the exact commit, claims the environment and asks for the preflight', async () => {
    const name = newName();
    const { deploymentId: id } = await publish({ document: documentOf(name) }, name);
    const events = await untilOf(id, 'PreflightRequested');
    expect(events.map(({ type }) => type)).toEqual([
      'DeploymentRequested',
      'PlanDrafted',
      'BlockersCleared',
      'PreflightRequested',
    ]);
    expect(dataOf(events, 'PlanDrafted')).toMatchObject({
      plan: { service: name, commit: git('rev-parse', 'v1.0.0^{commit}') },
      commit: { authors: ['Spec <spec@localhost>'] },
    });
    expect(dataOf(events, 'PreflightRequested')).toMatchObject({
      claim: { stream: `environment-${name}.staging` },
      running: null,
    });
    const claimed = await platform.store.read(environmentStream(name, 'staging'));
    const traceOf = (event: RecordedEvent | undefined) => event?.traceparent?.split('-')[1];
    expect(new Set([...events, ...claimed].map(traceOf))).toEqual(new Set([traceOf(events[0])]));
  });

  it('parks another body under the same identity, visibly and without effect', async () => {
    const name = newName();
    const { deploymentId: id } = await publish({ document: documentOf(name) }, name);
    await untilOf(id, 'DeploymentRequested');
    await publish({ document: documentOf(`${name}-other`) }, name);
    expect(await parked(/conflicting-duplicate/)).toMatch(/another body/);
    const requested = (await platform.store.read(deploymentStream(id))).filter(
      ({ type }) => type === 'DeploymentRequested',
    );
    expect(requested).toHaveLength(1);
  });

  describe('while the record is slow', () => {
    /** Publishes while no event can be appended, and lets it go on when the first request is in work and the others wait. */
    async function duringStall(publishing: () => Promise<void>, waiting: number): Promise<void> {
      const stalled = await platform.pool.connect();
      await stalled.query('BEGIN; LOCK TABLE backstay.events IN EXCLUSIVE MODE');
      try {
        await publishing();
        const { consumers } = await bus.js.jetstreamManager();
        await eventually(async () => {
          const info = await consumers.info(intakeStream.name, 'planning-backstay-deploy-requested');
          return info.num_ack_pending === 1 && info.num_pending === waiting;
        }, 'one in work');
      } finally {
        await stalled.query('ROLLBACK');
        stalled.release();
      }
    }

    it.each([
      ['of another document', () => ({ document: documentOf(newName()) })],
      ['for another environment', (first: string) => ({ document: documentOf(first), environment: 'production' })],
    ])('the first of two with one identity wins, and the second, %s, is the duplicate', async (_what, second) => {
      const first = newName();
      const before = (await platform.parked.list(100)).length;
      await duringStall(async () => {
        await publish({ document: documentOf(first), environment: 'staging' }, first);
        await publish(second(first), first);
      }, 1);
      await eventually(async () => (await platform.parked.list(100)).length === before + 1, 'the duplicate');
      const events = await untilOf(deploymentId({ source: '/spec', id: first }), 'PlanDrafted');
      expect(dataOf(events, 'PlanDrafted')).toMatchObject({ plan: { service: first, environment: 'staging' } });
    });

    it('requests are recorded in the order in which they came, and wait for their environment in that order', async () => {
      const name = newName();
      const keys = ['c', 'a', 'b'].map((key) => `${name}-${key}`);
      const ids = keys.map((id) => deploymentId({ source: '/spec', id }));
      const makeWay = (id: string) =>
        command(id, { type: 'CancelDeployment', reason: 'make way', by: 'spec', at: platform.now() });
      const { deploymentId: holder } = await publish({ document: documentOf(name) }, name);
      await untilOf(holder, 'PreflightRequested');
      await duringStall(async () => {
        for (const key of keys) await publish({ document: documentOf(name) }, key);
      }, 2);
      const requests = await Promise.all(ids.map(async (id) => (await untilOf(id, 'DeploymentRequested'))[0]!));
      const positions = requests.map(({ cursor }) => cursor.split('-').map(Number) as [number, number]);
      expect(positions.toSorted(([a, b], [c, d]) => a - c || b - d)).toEqual(positions);
      // Who has not asked for the environment yet does not stand in its queue: the first plan to be made may be a later one's.
      const place = environmentId(name, 'staging');
      await eventually(
        async () => (await platform.environments.load(place)).state.queue.length === 3,
        'all three wait',
      );
      await makeWay(holder);
      for (const [index, id] of ids.entries()) {
        await untilOf(id, 'PreflightRequested');
        for (const later of ids.slice(index + 1)) {
          const types = (await platform.store.read(deploymentStream(later))).map(({ type }) => type);
          expect(types).not.toContain('PreflightRequested');
        }
        await makeWay(id);
      }
    });
  });

  it('parks what cannot be read, with its bytes', async () => {
    await bus.js.publish(intakeSubject, '{ this is no JSON');
    await parked(/JSON/i);
    const [message] = (await platform.parked.list(100)).filter(({ reason }) => /JSON/i.test(reason));
    const kept = await platform.parked.get(message?.id ?? '');
    expect(Buffer.from(kept?.bytes ?? []).toString()).toBe('{ this is no JSON');
  });

  it('rejects a readable message that is not a request, with every problem by its pointer', async () => {
    const event = {
      specversion: '1.0',
      type: 'dev.backstay.deploy-requested.v1',
      source: '/spec',
      id: 'not-a-request',
      data: { document: 7, workspace: '../elsewhere' },
    };
    await bus.js.publish(intakeSubject, JSON.stringify(event));
    const events = await untilOf(deploymentId({ source: '/spec', id: 'not-a-request' }), 'DeploymentRejected');
    const { problems } = dataOf(events, 'DeploymentRejected') as { problems: { message: string }[] };
    expect(problems.map(({ message }) => message.split(':')[0])).toEqual(
      expect.arrayContaining(['/document', '/workspace']),
    );
  });

  it('an invalid request is one append, and its rejection names the field of the wrong type', async () => {
    const attributes = { specversion: '1.0', type: deployRequestedType, source: '/spec', id: 'rehearse-yes' };
    const data = { document: documentOf(newName()), rehearse: 'yes' };
    await bus.js.publish(intakeSubject, JSON.stringify({ ...attributes, data }));
    const id = deploymentId(attributes);
    const events = await untilOf(id, 'DeploymentRejected');
    expect(events.map(({ type }) => type)).toEqual(['DeploymentRequested', 'DeploymentRejected']);
    // Events of one append have one transaction.
    expect(new Set(events.map(({ cursor }) => cursor.split('-')[0])).size).toBe(1);
    expect(dataOf(events, 'DeploymentRejected')).toMatchObject({
      because: 'request',
      problems: [{ of: 'request', message: '/rehearse: expected true or false, not “yes”' }],
    });
  });

  it('takes a document as it is, without a content type', async () => {
    const name = newName();
    const document = `---\ndeployment: 1\n---\n${documentOf(name)}`;
    await bus.js.publish(intakeSubject, document);
    const requested = await eventually(async () => {
      const all = await platform.store.read(environmentStream(name, 'staging'));
      return all[0]?.correlation;
    }, 'the claim of its environment');
    const events = await untilOf(requested, 'PreflightRequested');
    expect(dataOf(events, 'DeploymentRequested')).toMatchObject({ request: { document } });
  });

  it('takes a plan in JSON as it was made, and rejects one with problems, each by its pointer', async () => {
    const name = 'planned-in-json';
    const { deploymentId: first } = await publish({ document: documentOf(name) }, name);
    const made = dataOf(await untilOf(first, 'PlanDrafted'), 'PlanDrafted') as { plan: Plan; digest: string };
    const plan = JSON.parse(JSON.stringify(made.plan)) as Record<string, unknown>;
    const { deploymentId: second } = await publish({ plan }, `${name}-2`);
    expect(dataOf(await untilOf(second, 'PlanDrafted'), 'PlanDrafted')).toMatchObject({ digest: made.digest });
    const { deploymentId: wrong } = await publish({ plan: { ...plan, grammar: 9, colour: 'blue' } }, `${name}-3`);
    const { problems } = dataOf(await untilOf(wrong, 'DeploymentRejected'), 'DeploymentRejected') as {
      problems: { pointer: string }[];
    };
    expect(problems.map(({ pointer }) => pointer).sort()).toEqual(['/colour', '/grammar']);
  });

  it('reads a document under the version of the language that it names, and records it with the plan', async () => {
    const name = newName();
    const { deploymentId: later } = await publish({ document: `---\ndeployment: 2\n---\n${documentOf(name)}` }, name);
    expect(dataOf(await untilOf(later, 'DeploymentRejected'), 'DeploymentRejected')).toMatchObject({
      problems: [{ code: 'grammar-version', line: 2, message: expect.stringContaining('expected `deployment: 1`') }],
    });
    const { deploymentId: silent } = await publish({ document: documentOf(name) }, `${name}-2`);
    expect(dataOf(await untilOf(silent, 'PlanDrafted'), 'PlanDrafted')).toMatchObject({ plan: { grammar: 1 } });
  });

  it('rejects a tag that the repository lacks at the line that names it', async () => {
    const name = newName();
    const document = documentOf(name, { ref: 'v9.9.9' });
    const { deploymentId: id } = await publish({ document }, name);
    const { problems } = dataOf(await untilOf(id, 'DeploymentRejected'), 'DeploymentRejected') as {
      problems: { line: number; code: string }[];
    };
    expect(problems).toMatchObject([
      { code: 'ref-not-found', line: document.split('\n').indexOf('- Branch/Tag: v9.9.9') + 1 },
    ]);
  });

  it('rejects a request whose commit is not the one that the tag names', async () => {
    const name = newName();
    const { deploymentId: id } = await publish({ document: documentOf(name), commit: 'ab'.repeat(20) }, name);
    const { problems } = dataOf(await untilOf(id, 'DeploymentRejected'), 'DeploymentRejected') as {
      problems: { code: string }[];
    };
    expect(problems.map(({ code }) => code)).toEqual(['commit-mismatch']);
  });

  it('holds a deployment until what it is blocked by runs', async () => {
    const [name, other] = [newName(), newName()];
    const { deploymentId: id } = await publish(
      { document: documentOf(name, { blockedBy: `deployment of ${other} 2.0.0 to staging` }) },
      name,
    );
    const held = dataOf(await untilOf(id, 'DeploymentHeld'), 'DeploymentHeld');
    expect(held).toMatchObject({
      code: 'blocked-by',
      why: expect.stringContaining(`deployment of ${other} 2.0.0 to staging`),
    });
    const running = { version: '2.0.0', commit: null, release: null, deployment: 'earlier' };
    const at = platform.now();
    await inEnvironment(other, { type: 'ClaimEnvironment', deployment: 'earlier', at });
    await inEnvironment(other, {
      type: 'SettleEnvironment',
      deployment: 'earlier',
      outcome: 'succeeded',
      running,
      verifiedGood: running,
      quarantined: null,
      at,
    });
    const events = await untilOf(id, 'PreflightRequested');
    expect(dataOf(events, 'BlockersCleared')).toEqual({
      satisfied: [{ text: `deployment of ${other} 2.0.0 to staging`, by: `${other} 2.0.0 runs in staging` }],
    });
  });

  it('takes over an environment whose holder has ended without a word', async () => {
    const name = newName();
    const gone = platform.ids();
    const origin = { source: '/spec', id: gone, bodyDigest: 'x' };
    const at = platform.now();
    await inEnvironment(name, { type: 'ClaimEnvironment', deployment: gone, at });
    await command(gone, {
      type: 'RequestDeployment',
      id: gone,
      kind: 'deployment',
      origin,
      request: { document: '' },
      of: null,
      at,
    });
    await command(gone, { type: 'CancelDeployment', reason: 'never mind', by: 'spec', at });
    const { deploymentId: id } = await publish({ document: documentOf(name) }, name);
    await untilOf(id, 'PreflightRequested');
    const types = (await platform.store.read(environmentStream(name, 'staging'))).map(({ type }) => type);
    expect(types.filter((type) => type === 'EnvironmentClaimed')).toHaveLength(2);
    expect(types).toContain('EnvironmentSettled');
  });

  it('the preflight learns that nobody knows what runs, and an end that changed nothing does not make it known', async () => {
    const name = newName();
    const at = platform.now();
    const left = { running: null, verifiedGood: null, quarantined: null, at };
    const settle = { type: 'SettleEnvironment' as const, deployment: 'earlier', outcome: 'halted', ...left };
    await inEnvironment(name, { type: 'ClaimEnvironment', deployment: 'earlier', at });
    await inEnvironment(name, { ...settle, changed: true });
    const { deploymentId: id } = await publish({ document: documentOf(name) }, name);
    const events = await untilOf(id, 'PreflightRequested');
    expect(dataOf(events, 'PreflightRequested')).toMatchObject({ running: null, uncertain: 'earlier' });
    await command(id, { type: 'CancelDeployment', reason: 'never mind', by: 'spec', at });
    await untilOf(id, 'EnvironmentReleased');
    const settled = await platform.store.read(environmentStream(name, 'staging'));
    expect(dataOf(settled, 'EnvironmentSettled')).toMatchObject({ outcome: 'cancelled', changed: false });
    const { state } = await platform.environments.load(environmentId(name, 'staging'));
    expect(state).toMatchObject({ holder: null, uncertain: 'earlier' });
  });

  it('names the winner to who comes second, and lets it on when the winner has ended', async () => {
    const name = newName();
    const { deploymentId: winner } = await publish({ document: documentOf(name) }, `${name}-1`);
    await untilOf(winner, 'PreflightRequested');
    const { deploymentId: loser } = await publish({ document: documentOf(name) }, `${name}-2`);
    const held = dataOf(await untilOf(loser, 'DeploymentHeld'), 'DeploymentHeld');
    expect(held).toMatchObject({ code: 'environment-held', winner, why: expect.stringContaining(winner) });
    await command(winner, { type: 'CancelDeployment', reason: 'make way', by: 'spec', at: platform.now() });
    await untilOf(winner, 'EnvironmentReleased');
    await untilOf(loser, 'PreflightRequested');
  });
});
