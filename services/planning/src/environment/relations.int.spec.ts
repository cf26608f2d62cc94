import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deploymentStream,
  environmentId,
  environmentStream,
  activeState,
  type DeploymentCommand,
  type DeploymentKind,
  type Inherited,
} from '@backstay/deployment';
import { examplePlan } from '@backstay/deployment/testing';
import type { Relation } from '@backstay/document';
import { projectBatch } from '@backstay/event-sourcing';
import { openRelations } from '@backstay/projections';
import type { EffectContext, Platform } from '@backstay/service-kit';
import { checkBlockers } from './check-blockers.ts';
import { usePlatform } from './platform.test-support.ts';

const to = (service: string): Relation => ({
  text: `deployment of ${service} 1.0.0 to staging`,
  rule: { kind: 'deployment', service, range: '1.0.0', environment: 'staging' },
  source: { line: 44 },
});

describe('what deployments wait for', () => {
  let round = 0;
  let named: (service: string) => string;

  const opened = usePlatform();
  let platform: Platform;
  beforeAll(() => {
    platform = opened();
  });
  beforeEach(() => {
    const own = (round += 1);
    named = (service) => `${service}${own}`;
  });

  const metadata = (correlation: string) => {
    const actor = { kind: 'system' as const, name: 'spec' };
    return { commandId: platform.ids(), time: platform.now(), actor, correlation, causation: null };
  };
  const send = async (id: string, command: DeploymentCommand) =>
    (await platform.deployments.handle(id, command, metadata(id))).folded.state;

  interface Relations {
    readonly blockedBy?: readonly string[];
    readonly blocks?: readonly string[];
  }

  interface Ancestry {
    readonly kind: DeploymentKind;
    readonly of: string | null;
    readonly inherited: Inherited | null;
  }

  /** A deployment of this service whose plan is drafted. */
  async function drafted(
    service: string,
    { blockedBy = [], blocks = [] }: Relations = {},
    { kind, of, inherited }: Ancestry = { kind: 'deployment', of: null, inherited: null },
  ): Promise<string> {
    const id = platform.ids();
    const origin = { source: 'spec', id, bodyDigest: id };
    const at = platform.now();
    const request = { document: '#' };
    await send(id, { type: 'RequestDeployment', id, kind, origin, request, of, at });
    const relations = {
      blockedBy: blockedBy.map((each) => to(named(each))),
      blocks: blocks.map((each) => to(named(each))),
    };
    const plan = examplePlan({ service: named(service), version: '1.0.0', ...relations });
    await send(id, { type: 'DraftPlan', plan, digest: 'sha256:p', commit: null, warnings: [], inherited });
    return id;
  }

  /** The read model hears of everything that is recorded. */
  async function heard(): Promise<void> {
    const sink = platform.views.sink(openRelations.name);
    const cursor = await sink.checkpoint();
    const events = await platform.store.readAll(cursor, 1_000);
    if (events.length > 0) await projectBatch(openRelations, sink, events);
  }

  /** One look of planning at what blocks this deployment; the state after it. */
  async function look(id: string) {
    const { state } = await platform.deployments.load(id);
    const context = { id, state, now: platform.now } as EffectContext<DeploymentCommand, typeof state>;
    const outcome = await checkBlockers(platform, context);
    for (const command of 'lookAgainAt' in outcome ? [] : outcome) await send(id, command);
    return (await platform.deployments.load(id)).state;
  }
  /** What planning says of a deployment whose hold is recorded. */
  async function outcomeOf(id: string) {
    await look(id);
    const { state } = await platform.deployments.load(id);
    return checkBlockers(platform, { id, state, now: platform.now } as EffectContext<DeploymentCommand, typeof state>);
  }
  const holdOf = (state: Awaited<ReturnType<typeof look>>) => (state.status === 'held' ? state.hold : null);
  const isCleared = (state: Awaited<ReturnType<typeof look>>) => {
    const active = activeState(state);
    return active.status === 'planning' && active.cleared;
  };
  const holds = async (id: string) =>
    (await platform.store.read(deploymentStream(id))).filter(({ type }) => type === 'DeploymentHeld').length;

  it('are not assumed where nobody keeps the read model: only the own document counts', async () => {
    expect(await platform.views.checkpoint(openRelations.name)).toBeNull();
    await drafted('billing', { blocks: ['shop'] });
    expect(isCleared(await look(await drafted('shop')))).toBe(true);
    expect(holdOf(await look(await drafted('mail', { blockedBy: ['billing'] })))?.why).toContain(
      'waits for deployment',
    );
  });

  it('are nothing to a rollback: neither its own Blocked By nor the Blocks of another document holds it up', async () => {
    await drafted('billing', { blocks: ['shop'] });
    const earlier = await drafted('shop', { blockedBy: ['mail'] });
    await heard();
    const point = { target: null, configurationDigest: null, schemaVersion: null, backupStep: null };
    const inherited = { deployment: earlier, rollbackPoint: point, steps: {} };
    const back = await drafted('shop', { blockedBy: ['mail'] }, { kind: 'rollback', of: earlier, inherited });
    expect(isCleared(await look(back))).toBe(true);
    expect(await holds(back)).toBe(0);
    expect(holdOf(await look(earlier))?.code).toBe('blocked-by');
  });

  it('are also those whose Blocks names it, by name and line, until that one ends; reported once', async () => {
    const billing = await drafted('billing', { blocks: ['shop'] });
    const shop = await drafted('shop');
    await heard();
    expect(holdOf(await look(shop))).toMatchObject({
      code: 'blocked-by',
      winner: billing,
      why: `${named('billing')} 1.0.0 to staging (deployment ${billing}) blocks it until it ends: deployment of ${named('shop')} 1.0.0 to staging (line 44 there)`,
    });
    await look(shop);
    expect(await holds(shop)).toBe(1);
    expect(isCleared(await look(billing))).toBe(true);
  });

  it('wake it: planning waits for where they are recorded', async () => {
    const billing = await drafted('billing', { blocks: ['shop'] });
    const shop = await drafted('shop', { blockedBy: ['mail'] });
    await heard();
    expect(await outcomeOf(shop)).toEqual({
      lookAgainAt: expect.any(String),
      awaits: [environmentStream(named('mail'), 'staging'), deploymentStream(billing)],
    });
  });

  it('let it go when that one ends, however it ends, and the end is named', async () => {
    const billing = await drafted('billing', { blocks: ['shop'] });
    const shop = await drafted('shop');
    await heard();
    await look(shop);
    await send(billing, { type: 'CancelDeployment', reason: 'not today', by: 'spec', at: platform.now() });
    expect(isCleared(await look(shop))).toBe(true);
    const cleared = (await platform.store.read(deploymentStream(shop))).find(({ type }) => type === 'BlockersCleared');
    expect(cleared?.data).toEqual({
      satisfied: [{ text: `Blocks of deployment ${billing}`, by: 'it ended cancelled' }],
    });
  });

  it('are named where they go round, also when the other comes later, and the deadline stays', async () => {
    const a = await drafted('a', { blockedBy: ['b'] });
    await heard();
    const alone = holdOf(await look(a));
    expect(alone?.why).not.toContain('cycle');
    const b = await drafted('b', { blockedBy: ['a'] });
    await heard();
    const round = holdOf(await look(a));
    expect(round?.why).toContain(`a cycle, which ends only when one of them ends: ${named('a')} 1.0.0 to staging`);
    expect(round?.why).toContain(`${named('b')} 1.0.0 to staging (deployment ${b}), which waits for`);
    expect(round?.until).toBe(alone?.until);
    expect(holdOf(await look(b))?.why).toContain('a cycle');
    await look(a);
    expect(await holds(a)).toBe(2);
    await send(b, { type: 'CancelDeployment', reason: 'we see', by: 'spec', at: platform.now() });
    await heard();
    expect(holdOf(await look(a))?.why).not.toContain('cycle');
  });

  it('are no cycle where one of the waits is over already', async () => {
    const a = await drafted('a', { blockedBy: ['b'] });
    await drafted('b', { blockedBy: ['a'] });
    await heard();
    const running = { version: '1.0.0', commit: null, release: null, deployment: 'earlier' };
    const id = environmentId(named('a'), 'staging');
    const at = platform.now();
    const handler = platform.environments;
    await handler.handle(id, { type: 'ClaimEnvironment', deployment: 'earlier', at }, metadata('earlier'));
    const settled = { deployment: 'earlier', outcome: 'succeeded', running, verifiedGood: running, quarantined: null };
    await handler.handle(id, { type: 'SettleEnvironment', ...settled, at }, metadata('earlier'));
    expect(holdOf(await look(a))?.why).not.toContain('cycle');
  });
});
