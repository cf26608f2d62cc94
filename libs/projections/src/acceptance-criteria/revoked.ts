import { allOf, type RecordOf } from '../events.ts';
import { proof, type Context } from './context.ts';
import { unmet, type Judged } from './verdict.ts';

type Revocation = RecordOf<'EvidenceRevoked'>;

/**
 * The verdict without what was revoked. What rests on other evidence too is still met; else it is unmet and says by whom and
 * why its evidence was revoked, which is none any more. What was unmet before stays so for its own reason.
 */
export function withoutRevoked(context: Context, judge: (context: Context) => Judged): Judged {
  const judged = judge(context);
  const cited = judged.verdict === 'unmet' ? [] : revocationsOf(context, judged);
  if (cited.length === 0) return judged;
  const left = withoutRevoked(withoutRecords(context, cited), judge);
  if (left.verdict === 'met') return left;
  const gone = idsOf(cited);
  const standing = judged.evidence.filter(({ eventId }) => !gone.has(eventId));
  return unmet(cited.map(textOf).join('; '), [...standing, ...cited.map((each) => proof(each))]);
}

function revocationsOf({ records }: Context, { evidence }: Judged): readonly Revocation[] {
  return allOf(records, 'EvidenceRevoked').filter(({ data }) =>
    evidence.some(({ eventId }) => eventId === data.evidence.eventId),
  );
}

function withoutRecords(context: Context, revocations: readonly Revocation[]): Context {
  const gone = idsOf(revocations);
  return { ...context, records: context.records.filter(({ id }) => !gone.has(id)) };
}

const idsOf = (revocations: readonly Revocation[]): ReadonlySet<string> =>
  new Set(revocations.map(({ data }) => data.evidence.eventId));

const textOf = ({ data: { by, reason } }: Revocation): string => `revoked by ${by}: ${reason}`;
