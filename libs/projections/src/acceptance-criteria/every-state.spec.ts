import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { isEvidence } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { sealedEvents, runs } from '@backstay/event-sourcing/testing';
import { expectedVerdicts, provingEvents } from '../testing/index.ts';
import { acceptanceCriteria, type CriterionView } from './index.ts';
import { played, worlds } from './worlds.test-support.ts';

const now = '2026-02-01T00:00:00.000Z';

const recorded = (records: readonly { type: string; data: unknown }[]): readonly RecordedEvent[] =>
  sealedEvents('deployment-d-1', records).map((event) => ({ ...event, cursor: `0-${event.version}` }));
const judged = (events: readonly RecordedEvent[]): readonly CriterionView[] =>
  acceptanceCriteria(events, [], now).criteria;

/** Less what proves it, and less what proves it then. */
function without(
  events: readonly RecordedEvent[],
  of: (all: readonly RecordedEvent[]) => CriterionView | undefined,
): readonly RecordedEvent[] {
  const judgedNow = of(events);
  const rest = events.filter(({ id }) => !judgedNow?.evidence.some(({ eventId }) => eventId === id));
  return judgedNow?.verdict === 'met' && rest.length < events.length ? without(rest, of) : events;
}

function revocationOf({ id: eventId, type: eventType, hash: digest }: RecordedEvent) {
  const evidence = { eventId, eventType, digest, line: null };
  return { type: 'EvidenceRevoked', data: { evidence, by: 'auditor', reason: 'another build', at: now } };
}

const endings =
  /^(Deployment(Succeeded|Failed|Cancelled|Superseded|Rejected|Abandoned|RolledBack|Halted)|RollbackFailed)$/;
const sentence = /^(?!.*(undefined|\[object|NaN|null|  )).{8,}$/;

describe('acceptance criteria in every state of any deployment', () => {
  it('are what the text of the rules says, with events of the right kind that are there already', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { plan, records } = played(world);
        const events = recorded(records);
        for (const [index] of events.entries()) {
          const state = events.slice(0, index + 1);
          const judgedNow = judged(state);
          if (judgedNow.length === 0) continue;
          expect(judgedNow.map(({ text, verdict }) => [text, verdict])).toEqual(
            expectedVerdicts(plan, state).map((verdict, at) => [plan.acceptanceCriteria[at]!.text, verdict]),
          );
          const types = new Map(state.map((event) => [event.id, event.type]));
          for (const [at, { verdict, evidence, reason }] of judgedNow.entries()) {
            expect(reason).toMatch(sentence);
            const named = evidence.map(({ eventId }) => types.get(eventId) ?? 'nothing that has happened');
            if (verdict !== 'met') expect(named).not.toContain('nothing that has happened');
            else expect(provingEvents[plan.acceptanceCriteria[at]!.rule.kind]).toEqual(expect.arrayContaining(named));
            if (verdict === 'met') expect(named.length).toBeGreaterThan(0);
          }
        }
      }),
      runs(15),
    );
  });

  it('wait for nothing but a person once it has ended', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { plan, records } = played(world);
        const events = recorded(records);
        if (!records.some(({ type }) => endings.test(type))) return;
        const waiting = judged(events).filter(({ verdict }) => verdict === 'waiting');
        const succeeded = records.some(({ type }) => type === 'DeploymentSucceeded');
        const persons = ['Documentation updated', 'Approved by the owner'];
        expect(persons).toEqual(expect.arrayContaining(succeeded ? waiting.map(({ text }) => text) : []));
        if (!succeeded) expect(waiting).toEqual([]);
        expect(plan.acceptanceCriteria).toHaveLength(judged(events).length);
      }),
      runs(12),
    );
  });

  it('are no longer met without the events that they name, nor when these are revoked, and no longer name them', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { records } = played(world);
        const events = recorded(records);
        for (const { text, verdict, evidence } of judged(events)) {
          if (verdict !== 'met') continue;
          const ids = evidence.map(({ eventId }) => eventId);
          const of = (all: readonly RecordedEvent[]) => judged(all).find((each) => each.text === text);
          expect(of(without(events, of))?.verdict).not.toBe('met');
          const revoked = events.filter((event) => ids.includes(event.id) && isEvidence(event.type));
          if (revoked.length === 0) continue;
          const after = of([...events, ...recorded(revoked.map(revocationOf))]);
          expect([text, after?.verdict]).not.toEqual([text, 'met']);
          const named = after?.evidence.map(({ eventId }) => eventId);
          for (const event of revoked) expect(named).not.toContain(event.id);
        }
      }),
      runs(12),
    );
  });

  it('are met by no reading that is missing or could not be read', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom('no-data' as const, 'error' as const), (world, verdict) => {
        const { records } = played({
          ...world,
          reports: [verdict, verdict],
          scans: verdict,
          logs: verdict,
          reading: verdict,
          documented: 'no-data',
          watch: 'says nothing',
          findings: [],
          bad: { ...world.bad, 'post.3': 'failed' },
        });
        const met = judged(recorded(records)).filter((each) => each.verdict === 'met');
        for (const { text } of met) {
          expect(text).not.toMatch(
            /tests passed$|scans|dashboards|Documentation|logs|Performance|Error rate|Reports|Runbook/,
          );
        }
      }),
      runs(10),
    );
  });
});
