import { exitCodeOfStatus } from '../exit-codes.ts';
import { between } from '../output/format.ts';
import type { AuditEntry } from '@backstay/api-contract';
import type { Counters } from '../../../deploy/demo/traffic.mjs';
import type { Snapshot } from '../watch/snapshot.ts';

/** What was seen of the demo, from outside. */
export interface Seen {
  readonly good: Observed;
  readonly bad: Observed;
  /** The version that the service itself reports at the end. */
  readonly served: string;
  readonly traffic: Pick<Counters, 'sent' | 'skipped'>;
}

export type Observed = Pick<Snapshot, 'summary' | 'entries'>;

/** Where what was seen differs from the scenario: nothing when it happened exactly. */
export function deviations({ good, bad, served }: Seen): string[] {
  const degradation = find(bad, 'DegradationDetected');
  const trigger = find(bad, 'RollbackTriggered')?.data.trigger as { kind?: string } | undefined;
  const claims: [boolean, string][] = [
    [good.summary.status === 'succeeded', `1.1.0 is ${good.summary.status} and should have succeeded`],
    [
      bad.summary.status === 'rolled-back-verified',
      `1.2.0 is ${bad.summary.status} and should have been rolled back, verified`,
    ],
    [find(bad, 'VerificationPassed') !== undefined, '1.2.0 should have passed its smoke tests'],
    [
      metricOf(degradation) === 'error-rate',
      `1.2.0 should have exceeded the limit of the error rate${instead(degradation)}`,
    ],
    [trigger?.kind === 'limit', `the limit should have triggered the rollback, not ${trigger?.kind ?? 'nothing'}`],
    [served === '1.1.0', `the service serves ${served || 'nothing'} and should serve 1.1.0`],
  ];
  return claims.flatMap(([holds, deviation]) => (holds ? [] : [deviation]));
}

/** It waits for a person, whom the demo has not. */
export const isHeld = ({ summary }: Observed): boolean => summary.status === 'held' && summary.held?.duty != null;

/** Rollbacks that a machine causes which is too busy for what the demo asks of it. */
const ofTheMachine = new Set(['degradation', 'no-data', 'deadline']);

/** Questions that nothing but silence or noise asks. */
const ofSlowness = new Set(['undecided', 'unwatched', 'no-data']);

function slownessOf({ summary, entries }: Observed): string | undefined {
  const trigger = find({ summary, entries }, 'RollbackTriggered')?.data as {
    reason?: string;
    trigger?: { kind?: string };
  };
  if (trigger?.trigger?.kind !== undefined && ofTheMachine.has(trigger.trigger.kind))
    return `${summary.version} was rolled back because ${trigger.reason}`;
  if (isHeld({ summary, entries }))
    return ofSlowness.has(summary.held?.code ?? '') ? `${summary.version} is held: ${summary.held?.why}` : undefined;
  return exitCodeOfStatus(summary.status) === null ? `${summary.version} is ${summary.status} still` : undefined;
}

/** What says that this machine is too slow for the demo; null where nothing does. */
export function slowness({ good, bad, traffic }: Pick<Seen, 'good' | 'bad' | 'traffic'>): string | null {
  const ofDeployments = slownessOf(good) ?? slownessOf(bad);
  if (ofDeployments !== undefined) return ofDeployments;
  const { sent, skipped } = traffic;
  return skipped > sent ? `${skipped} of ${sent + skipped} requests could not be sent in time` : null;
}

export interface Timings {
  /** From the start of the command to the first success. */
  readonly firstGreenMs: number | null;
  /** From the moment the limit was broken for as long as it must be, to the verified restoration. */
  readonly restoredMs: number | null;
}

export function timings(startedAt: string, { good, bad }: Pick<Seen, 'good' | 'bad'>): Timings {
  const green = find(good, 'DeploymentSucceeded');
  const [broken, restored] = [find(bad, 'DegradationDetected'), find(bad, 'DeploymentRolledBack')];
  return {
    firstGreenMs: green ? between(startedAt, green.time) : null,
    restoredMs: broken && restored ? between(broken.time, restored.time) : null,
  };
}

const find = ({ entries }: Observed, type: string): AuditEntry | undefined =>
  entries.find((entry) => entry.type === type);

function metricOf(entry: AuditEntry | undefined): string | undefined {
  return (entry?.data.breach as { metric?: string } | undefined)?.metric;
}

const instead = (entry: AuditEntry | undefined) => (entry ? `, not ${metricOf(entry) ?? 'something else'}` : '');
