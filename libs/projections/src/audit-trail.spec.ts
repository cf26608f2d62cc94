import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { isEnded } from '@backstay/deployment';
import { summaryOf } from './deployment-summary/index.ts';
import * as given from './testing/index.ts';
import { auditTrail } from './audit-trail.ts';

describe('the audit trail', () => {
  const { events } = given.rolledBackByErrorRate();
  const { entries } = auditTrail(events);

  it('holds every event in order, with all that its hash covers', () => {
    expect(entries).toHaveLength(events.length);
    for (const [index, event] of events.entries()) {
      const { id, stream, version, time, type, actor, causation, correlation, hash, data, cursor } = event;
      expect(entries[index]).toMatchObject({
        eventId: id,
        stream,
        version,
        time,
        type,
        actor,
        causationId: causation,
        correlationId: correlation,
        hash,
        data,
        cursor,
      });
    }
  });

  it.each([
    ['Approve (pre.1) waits for release-manager', 'held: Approve (pre.1) waits for release-manager'],
    ['no data', 'held: no data (waits for release-manager)'],
  ])('says once whom a deployment waits for: %s', (why, expected) => {
    const hold = { code: 'manual', why, duty: 'release-manager', step: 'pre.1', winner: null } as const;
    const scenario = given.ready().when((at) => ({ type: 'HoldDeployment', ...hold, until: given.secondsIn(600), at }));
    expect(auditTrail(scenario.events).entries.at(-1)?.summary).toBe(expected);
  });

  it('describes each event in one sentence what it is', () => {
    for (const { summary } of entries) expect(summary).toMatch(/^\S[^\n]{8,300}$/);
    for (const { summary } of entries) expect(summary).not.toMatch(/undefined|\[object|null/);
  });

  it.each([
    ['DegradationDetected', 'error rate was 9.8 % (limit 5 % for 5 s, line 142)'],
    ['VerificationPassed', 'verified: 1 smoke test and 1 health check passed'],
    ['PlanDrafted', 'version 1.2.0 of orders-api for production was planned with 5 steps (sha256:plan)'],
    ['RollbackPlanned', 'the rollback to version 1.1.0 was planned: 3 steps, then 0 checks'],
  ])('reports %s', (type, summary) => {
    expect(entries.find((entry) => entry.type === type)?.summary).toBe(summary);
  });

  it('orders by the number of the cursor', () => {
    expect(entries.map(({ position }) => position)).toEqual(events.map(({ version }) => version));
    const [first] = events;
    expect(auditTrail([{ ...first!, cursor: '801-4711' }]).entries[0]?.position).toBe(4711);
    expect(auditTrail([{ ...first!, cursor: 'opaque' }]).entries[0]?.position).toBe(1);
  });

  it('names who asked as the summary does', () => {
    const by = (beginning: object) => {
      const history = given.requested(beginning).events;
      expect(auditTrail(history).entries[0]?.by).toBe(summaryOf(history)?.requestedBy);
      return auditTrail(history).entries[0]?.by;
    };
    const anonymous = { kind: 'person' as const, name: 'anonymous', claimed: true };
    expect(by({ requestedBy: 'robin', actor: anonymous })).toBe('robin (claimed)');
    expect(by({ actor: anonymous })).toBe('anonymous (claimed)');
    expect(by({ requestedBy: 'robin', actor: given.operator })).toBe('operator');
  });

  it('names the publisher by its credential, before whom its request names', () => {
    const by = (publisher: string, actor: { claimed?: boolean }, requestedBy?: string) => {
      const [requested] = given.requested({ requestedBy, actor: { kind: 'system', name: publisher, ...actor } }).events;
      const data = requested!.data as { origin: object };
      return auditTrail([{ ...requested!, data: { ...data, origin: { ...data.origin, publisher } } }]).entries[0]?.by;
    };
    expect(by('ci', {}, 'robin')).toBe('ci for robin (claimed)');
    expect(by('ci', {})).toBe('ci');
    expect(by('ci', { claimed: true }, 'robin')).toBe('robin (claimed)');
    expect(by('ci', { claimed: true })).toBe('ci (claimed)');
  });

  it('says of what takes another one back where it goes back to', () => {
    const rollbackPoint = { target: given.previous, configurationDigest: null, schemaVersion: null, backupStep: null };
    const steps = given.success({ id: 'd0' }).state;
    if (!isEnded(steps)) throw new Error('the example ended otherwise');
    const inherited = { deployment: 'd0', rollbackPoint, steps: steps.steps };
    const trail = auditTrail(given.planned({ kind: 'rollback', inherited }).events).entries;
    const summaryOfType = (type: string) => trail.find((entry) => entry.type === type)?.summary;
    expect(summaryOfType('PlanDrafted')).toContain(
      'version 1.2.0 of orders-api in production goes back to version 1.1.0',
    );
    expect(summaryOfType('DeploymentPlanned')).toBe(
      'version 1.2.0 of orders-api in production is rolled back to version 1.1.0',
    );
  });

  it('reports a type of a later version too', () => {
    const strange = { ...events[0]!, type: 'SomethingNew', data: {} } as RecordedEvent;
    expect(auditTrail([strange]).entries[0]?.summary).toBe('SomethingNew, an event that this version does not know');
  });
});
