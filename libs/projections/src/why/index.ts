import type { RecordedSample } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { summaryIn } from '../sentences.ts';
import { summaryOf, type Status } from '../deployment-summary/index.ts';
import { knownRecords, type DeploymentRecord } from '../events.ts';
import { problemsOf, type RejectedFor } from '../overrides.ts';
import { causeOf, isDecisive } from './causes.ts';

/** An event in the chain; `because` is the event id of the next, older one; null: nothing recorded stands behind it. */
export interface WhyLink {
  readonly eventId: string;
  readonly type: string;
  readonly time: string;
  readonly summary: string;
  readonly because: string | null;
  /** The samples that decided, whole. */
  readonly samples?: readonly RecordedSample[] | undefined;
  /** Of a rejection: every problem, with how it is overridden where it can be. */
  readonly problems?: readonly RejectedFor[] | undefined;
  /** Of a step that did not succeed: its id, where what it wrote is recorded. */
  readonly output?: string | undefined;
}

export interface Why {
  readonly status: Status;
  readonly sentence: string;
  /** Newest first. */
  readonly chain: readonly WhyLink[];
}

/** Why is it as it is? The decisive events from the present state back to the request; null when there is no deployment. */
export function why(events: readonly RecordedEvent[]): Why | null {
  const summary = summaryOf(events);
  if (summary === null) return null;
  return { status: summary.status, sentence: summary.sentence, chain: chainOf(knownRecords(events)) };
}

function chainOf(records: readonly DeploymentRecord[]): readonly WhyLink[] {
  const chain: DeploymentRecord[] = [];
  for (let record = records.findLast(isDecisive); record !== undefined; record = causeOf(record, records))
    chain.push(record);
  const describe = summaryIn(records);
  return chain.map((record, index) => ({
    ...linkOf(record, describe(record), chain[index + 1]),
    ...particularsOf(record, records),
  }));
}

function linkOf(record: DeploymentRecord, summary: string, because: DeploymentRecord | undefined): WhyLink {
  const { id, type, time } = record;
  return { eventId: id, type, time, summary, because: because?.id ?? null };
}

function particularsOf(
  record: DeploymentRecord,
  records: readonly DeploymentRecord[],
): Pick<WhyLink, 'samples' | 'problems' | 'output'> {
  if ('breach' in record.data) return { samples: record.data.breach.samples };
  if (record.type === 'DeploymentRejected') return { problems: problemsOf(record, records) };
  if (record.type === 'StepFailed' && record.data.output != null) return { output: record.data.step };
  return {};
}
