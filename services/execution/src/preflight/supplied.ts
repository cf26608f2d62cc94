import type { Finding } from '@backstay/deployment';
import type { Evidence } from '@backstay/document';
import { checkSupplied, isNamedBy, type EvidenceSources, type SuppliedEvidence } from '@backstay/evidence';
import { blocking, fine, warning, withNames } from '@backstay/steps';

/** What can be read of the proof that is wanted before anything is done. Logs are looked at apart. */
export type Readable = Exclude<Evidence, { reader: 'log' }>;

/** A piece of the proof that will be read. */
export interface Wanted {
  readonly evidence: Readable;
  readonly line: number;
  /** When it is read, where it may still be brought about until then. */
  readonly read: string | undefined;
  /** Whether the deployment ends where it is missing. */
  readonly needed: boolean;
  /** Whether something will have been changed by then. */
  readonly late: boolean;
  /** Whether a line does not apply, rather than being unmet, where its proof fails. */
  readonly optional: boolean;
}

/** Every report that the request brought is what the request says, and is read by something; none is passed over in silence. */
export async function suppliedFindings(
  wanted: readonly Wanted[],
  sources: EvidenceSources,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const entry of sources.supplied ?? []) findings.push(await findingOf(entry, wanted, sources));
  return findings;
}

async function findingOf(
  entry: SuppliedEvidence,
  wanted: readonly Wanted[],
  sources: EvidenceSources,
): Promise<Finding> {
  const { subject, attested, problem } = await checkSupplied(entry, sources);
  const about = (message: string) => ({ subject, message: `(brought by the request) ${message}` });
  const named = withNames(sources.environment?.lookup ?? (() => undefined));
  const readers = wanted.filter(({ evidence }) => reads(evidence, entry, named));
  if (problem?.kind === 'unknown') return warning('evidence', about(problem.message));
  if (problem?.kind === 'missing' && readers.some(({ read }) => read !== undefined))
    return fine('evidence', about(`${problem.message}; a step may bring it`));
  if (problem !== null) return blocking('evidence', about(problem.message));
  if (entry.commit !== undefined && entry.commit !== sources.commit)
    return warning('evidence', about(`is about commit ${entry.commit}, and ${sources.commit ?? 'none'} is deployed`));
  if (readers.length === 0) return warning('evidence', about(`no evidence of the document reads it as ${entry.kind}`));
  return fine('evidence', about(`is what its sha256 says${attested ? '' : '; nothing ties it to the commit'}`));
}

function reads(evidence: Wanted['evidence'], entry: SuppliedEvidence, named: (glob: string) => string): boolean {
  return evidence.reader === entry.kind && 'glob' in evidence && isNamedBy(entry, named(evidence.glob));
}
