import { asStored, type RecordedEvent } from '@backstay/event-sourcing';
import { auditTrail, type AuditEntry, type AuditTrail } from '@backstay/projections';
import type { BrokenLink } from './deployments.ts';

interface Recorded {
  readonly history: readonly RecordedEvent[];
  readonly firstBroken: BrokenLink | null;
}

/** The trail as it is recorded now; an event that was changed may have lost what its summary is made of. */
export function auditOf({ history, firstBroken }: Recorded, plan?: RecordedEvent): AuditTrail {
  return firstBroken === null ? auditTrail(history, plan) : { entries: history.flatMap(entriesOf) };
}

function entriesOf(event: RecordedEvent): readonly AuditEntry[] {
  try {
    return auditTrail([event]).entries;
  } catch {
    const summary = 'cannot be described: its data is not what its type holds';
    return auditTrail([{ ...event, type: 'Unreadable' }]).entries.map((entry) => ({
      ...entry,
      type: asStored(event).type,
      summary,
    }));
  }
}
