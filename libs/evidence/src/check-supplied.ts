import { evidenceKinds } from '@backstay/deployment';
import { expectedOneOf } from '@backstay/document';
import { problemOf } from './evidence-result.ts';
import { shownOf, suppliedReport } from './reports.ts';
import type { EvidenceSources, SuppliedEvidence } from './sources.ts';

/** `subject` is the path, or the URL without what may be secret in it; `problem` completes it to a sentence. */
export type SuppliedCheck = {
  subject: string;
  attested: boolean;
  problem: { kind: 'unknown' | 'missing' | 'false'; message: string } | null;
};

/** Whether a report that the request brought is there, and is what its entry says. Never rejects. */
export async function checkSupplied(entry: SuppliedEvidence, sources: EvidenceSources): Promise<SuppliedCheck> {
  const subject = shownOf(entry);
  const check = (kind: 'unknown' | 'missing' | 'false', message: string): SuppliedCheck => ({
    subject,
    attested: false,
    problem: { kind, message },
  });
  if (!evidenceKinds.includes(entry.kind))
    return check('unknown', `no evidence reads reports of the kind ${entry.kind}; ${expectedOneOf(evidenceKinds)}`);
  try {
    const { attested } = await suppliedReport(entry, sources);
    return { subject, attested, problem: null };
  } catch (error) {
    const [verdict, message] = problemOf(error);
    return check(verdict === 'no-data' ? 'missing' : 'false', message);
  }
}
