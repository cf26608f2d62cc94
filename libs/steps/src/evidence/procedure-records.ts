import { procedureHistory, type ProcedureEntry, type ProcedureRow } from '@backstay/projections';
import type { Plan } from '@backstay/document';
import type { RecordedEvidence } from '@backstay/evidence';

/** How far back other deployments of the service are looked at. */
const entriesAtMost = 1000;

export interface RecordedVerdict {
  readonly met: boolean;
  readonly summary: string;
}

/** Judges from recorded deployments; undefined while nobody has reported them. */
export type ProcedureRecords = (
  plan: Plan,
  now: string,
) => Promise<((evidence: RecordedEvidence) => Promise<RecordedVerdict>) | undefined>;

/** The views of other deployments. */
export interface HistoryViews {
  checkpoint(projection: string): Promise<unknown>;
  list<Body>(
    projection: string,
    query: { readonly where: Readonly<Record<string, string>>; readonly sort: string; readonly limit: number },
  ): Promise<{ readonly rows: readonly { readonly body: Body }[] }>;
}

export function procedureRecords(views: HistoryViews): ProcedureRecords {
  return async (plan, now) => {
    if ((await views.checkpoint(procedureHistory.name)) === null) return undefined;
    const query = { where: { service: plan.service }, sort: 'at', limit: entriesAtMost };
    const { rows } = await views.list<ProcedureRow>(procedureHistory.name, query);
    // What rests on revoked evidence is proof of nothing.
    const entries = rows.map(({ body }) => body).filter(({ revoked = [] }) => revoked.length === 0);
    return (evidence) => Promise.resolve(judge(evidence, entries, plan, now));
  };
}

export function judge(
  evidence: RecordedEvidence,
  entries: readonly ProcedureEntry[],
  plan: Plan,
  now: string,
): RecordedVerdict {
  return evidence.reader === 'deployed-in'
    ? deployedIn(evidence.environment, entries, plan)
    : rehearsedWithin(evidence.withinMs, entries, plan, now);
}

function deployedIn(environment: string, entries: readonly ProcedureEntry[], { version }: Plan): RecordedVerdict {
  const good = entries.find(
    (entry) => entry.environment === environment && entry.version === version && entry.outcome === 'succeeded',
  );
  if (good === undefined)
    return { met: false, summary: `no successful deployment of version ${version} in ${environment} is recorded` };
  return {
    met: true,
    summary: `version ${version} succeeded in ${environment} (deployment ${good.deployment}, ${good.at})`,
  };
}

function rehearsedWithin(
  withinMs: number,
  entries: readonly ProcedureEntry[],
  { procedureDigest }: Plan,
  now: string,
): RecordedVerdict {
  const days = Math.round(withinMs / 86_400_000);
  const tested = entries.filter((entry) => entry.procedureDigest === procedureDigest && isVerifiedTest(entry));
  const recent = tested.find(({ at }) => Date.parse(now) - Date.parse(at) <= withinMs);
  if (recent === undefined)
    return { met: false, summary: `no rollback of this procedure that ended verified is recorded within ${days} days` };
  return { met: true, summary: `deployment ${recent.deployment} was rolled back and verified at ${recent.at}` };
}

function isVerifiedTest({ outcome, kind, verified }: ProcedureEntry): boolean {
  return outcome === 'rolled-back-verified' || (kind === 'rehearsal' && verified);
}
