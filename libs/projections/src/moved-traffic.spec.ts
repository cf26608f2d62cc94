import { describe, expect, it } from 'vitest';
import { auditTrail } from './audit-trail.ts';
import { documentView } from './document-view/index.ts';
import { movedTraffic } from './moved-traffic.ts';
import * as given from './testing/index.ts';

const moved = {
  backend: 'orders',
  target: 'new',
  share: 0.1,
  weights: { old: 9, new: 1 },
  earlier: { old: 100, new: 0 },
};
const sentence = 'new has 10 % of the traffic of backend orders (old 9, new 1; before: old 100, new 0)';

describe('traffic that a step has moved', () => {
  it('is reported with the weights that are and that were', () => {
    expect(movedTraffic(moved)).toBe(sentence);
    expect(movedTraffic({ ...moved, earlier: null })).toBe(
      'new has 10 % of the traffic of backend orders (old 9, new 1)',
    );
  });

  it('is reported where it was taken back', () => {
    expect(movedTraffic({ backend: 'orders', weights: { old: 100, new: 0 } })).toBe(
      'backend orders has its weights again (old 100, new 0)',
    );
  });

  it.each([undefined, {}, { exitCode: 0 }, { backend: 'orders' }, { backend: 'orders', weights: { old: 'many' } }])(
    'is none in %p',
    (result) => {
      expect(movedTraffic(result)).toBe('');
    },
  );

  it('stands in the audit trail and beside its step in the document', () => {
    const events = given
      .success()
      .events.map((event) =>
        event.type === 'StepSucceeded' ? { ...event, data: { ...event.data, result: moved } } : event,
      );
    expect(auditTrail(events).entries.find(({ type }) => type === 'StepSucceeded')?.summary).toMatch(
      new RegExp(`^step pre.1 succeeded: ${sentence.replaceAll(/[().]/g, '\\$&')}$`),
    );
    expect(JSON.stringify(documentView(null, events, { criteria: [] }))).toContain(sentence);
  });
});
