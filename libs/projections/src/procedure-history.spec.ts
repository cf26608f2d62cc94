import { describe, expect, it } from 'vitest';
import { procedureEntryOf, procedureHistory, type ProcedureRow } from './procedure-history.ts';
import * as given from './testing/index.ts';

describe('the history of a procedure', () => {
  it.each([
    [
      'success',
      given.success(),
      { outcome: 'succeeded', verified: true, smokeTestsPassed: 1, smokeTestsFailed: 0, measuredMs: null },
    ],
    [
      'a verified rollback',
      given.rolledBackByErrorRate(),
      { outcome: 'rolled-back-verified', verified: true, smokeTestsPassed: 1 },
    ],
    [
      'a rollback that is not',
      given.restored(given.degraded(), []),
      { outcome: 'rolled-back-unverified', verified: false },
    ],
    ['a failure', given.failed(), { outcome: 'failed', verified: false, smokeTestsPassed: 0 }],
    ['what goes on', given.verified(), { outcome: null, verified: false, smokeTestsPassed: 1 }],
  ])('reports %s', (_name, { events }, expected) => {
    const known = {
      service: 'orders-api',
      deployment: 'd1',
      version: '1.2.0',
      environment: 'production',
      procedureDigest: 'sha256:procedure',
    };
    expect(procedureEntryOf(events)).toMatchObject({ ...known, ...expected });
  });

  it('names the event that ended it, and how long a rollback took', () => {
    const { events } = given.rolledBackByErrorRate();
    const end = events.find(({ type }) => type === 'DeploymentRolledBack')!;
    expect(procedureEntryOf(events)).toMatchObject({ eventId: end.id, at: end.time, measuredMs: expect.any(Number) });
  });

  it('is the same when only what it hears is folded', () => {
    for (const scenario of Object.values(given.scenarios)) {
      const { events } = scenario();
      const heard = events.filter((event) => procedureHistory.keys(event).length > 0);
      const row = heard.reduce<ProcedureRow | undefined>(
        (row, event) => procedureHistory.evolve(row, event, 'd1') ?? undefined,
        undefined,
      );
      expect(row).toEqual(procedureEntryOf(events));
    }
  });

  it('does not hear the measurements', () => {
    expect(given.measuredStream([0.1], 30).flatMap((event) => procedureHistory.keys(event))).toEqual([]);
  });
});
