import { quantity } from '@backstay/deployment';
import type { Evidenced } from '../facts.ts';
import type { ProcedureEntry } from '../procedure-history.ts';
import { counted } from '../words.ts';
import type { Context } from './context.ts';
import { met, unmet, waiting, type Judged } from './shape.ts';

const dayMs = 86_400_000;
const order: readonly string[] = ['development', 'staging', 'production'];

/** Everything that is known of the service, this deployment's own course included, newest first. */
function entries({ history, own }: Context): readonly ProcedureEntry[] {
  return [...history, ...(own === null ? [] : [own])].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

const isSameProcedure = ({ plan }: Context, { procedureDigest }: ProcedureEntry): boolean =>
  procedureDigest === plan.procedureDigest;

const told = ({ deployment, kind, version, environment, outcome, at }: ProcedureEntry): string =>
  `${kind} ${deployment} of version ${version} in ${environment}: ${outcome ?? 'under way'} at ${at}`;
const proofOf = (entry: ProcedureEntry, summary = told(entry)): Evidenced => ({ eventId: entry.eventId, summary });

/** Whether nothing of its evidence was revoked. */
const standing = ({ revoked = [] }: ProcedureEntry): boolean => revoked.length === 0;

function revocationOf({ deployment, revoked = [] }: ProcedureEntry): string | null {
  const told = revoked.map(({ by, reason }) => `revoked by ${by}: ${reason}`).join('; ');
  return told === '' ? null : `evidence of deployment ${deployment} was ${told}`;
}

const pending = (context: Context, reason: string): Judged => (context.ended ? unmet(reason) : waiting(reason));

/** This version with the same procedure succeeded in staging. */
export function validatedInStaging(context: Context): Judged {
  const { plan } = context;
  const tried = entries(context).filter(
    ({ environment, version }) => environment === 'staging' && version === plan.version,
  );
  const good = tried.find(
    (entry) => standing(entry) && entry.outcome === 'succeeded' && isSameProcedure(context, entry),
  );
  if (good !== undefined)
    return met(`version ${plan.version} succeeded in staging by the same procedure`, [proofOf(good)]);
  const [last] = tried;
  if (last === undefined) return unmet(`no deployment of version ${plan.version} to staging is recorded`);
  if (last.deployment === context.own?.deployment)
    return pending(context, `this deployment to staging has not succeeded`);
  const lacking =
    last.outcome === 'succeeded'
      ? (revocationOf(last) ?? 'that deployment followed another procedure')
      : `its last deployment to staging is ${last.outcome ?? 'under way'}`;
  return unmet(`version ${plan.version} is not validated in staging: ${lacking}`, [proofOf(last)]);
}

/** `deployment of this version in ENV`, whatever its procedure was. */
export function deployedIn(context: Context, environment: string): Judged {
  const { version } = context.plan;
  const tried = entries(context).filter((entry) => entry.environment === environment && entry.version === version);
  const good = tried.find((entry) => standing(entry) && entry.outcome === 'succeeded');
  if (good !== undefined) return met(`version ${version} succeeded in ${environment}`, [proofOf(good)]);
  if (tried[0]?.deployment === context.own?.deployment && tried[0] !== undefined)
    return pending(context, `this deployment to ${environment} has not succeeded`);
  const revoked = tried.find(({ outcome }) => outcome === 'succeeded');
  const lacking = `no successful deployment of version ${version} in ${environment} is recorded`;
  return unmet(
    (revoked && revocationOf(revoked)) ?? lacking,
    tried.slice(0, 1).map((entry) => proofOf(entry)),
  );
}

export const rollbackTested = (context: Context): Judged => rehearsedWithin(context, 30 * dayMs);

/** A rollback or rehearsal of this procedure ended verified, not too long ago. */
export function rehearsedWithin(context: Context, withinMs: number): Judged {
  const done = entries(context).filter((entry) => isSameProcedure(context, entry) && isVerifiedTest(entry));
  const last = done.find(standing);
  const within = quantity(withinMs, 'ms');
  if (last === undefined) {
    const [revoked] = done;
    if (revoked !== undefined) return unmet(revocationOf(revoked) ?? '', [proofOf(revoked)]);
    return unmet(`no rollback or rehearsal of this procedure that ended verified is recorded within ${within}`);
  }
  if (Date.parse(context.now) - Date.parse(last.at) > withinMs) {
    return unmet(`the last verified rollback of this procedure was at ${last.at}, longer than ${within} ago`, [
      proofOf(last),
    ]);
  }
  return met(`${last.kind} ${last.deployment} was rolled back${tookOf(last)} and verified`, [proofOf(last)]);
}

function tookOf({ measuredMs, estimatedMs }: ProcedureEntry): string {
  if (measuredMs === null) return '';
  const estimated = estimatedMs == null ? '' : ` (estimated ${quantity(estimatedMs, 'ms')})`;
  return ` in ${quantity(measuredMs, 'ms')}${estimated}`;
}

function isVerifiedTest({ outcome, kind, verified }: ProcedureEntry): boolean {
  return outcome === 'rolled-back-verified' || (kind === 'rehearsal' && verified);
}

/** There is at least one critical flow, and all of them passed in an earlier environment or in a rehearsal. */
export function smokeTestsTested(context: Context): Judged {
  const { plan } = context;
  const flows = plan.smokeTests.length;
  if (flows === 0) return unmet('the document has no critical user flow');
  const tried = entries(context).filter(
    (entry) => isSameProcedure(context, entry) && isEarlier(entry, plan.environment),
  );
  const good = tried.find(
    (entry) => standing(entry) && entry.smokeTestsPassed >= flows && entry.smokeTestsFailed === 0,
  );
  if (good !== undefined)
    return met(`${counted(flows, 'critical flow')} passed in ${good.environment}`, [proofOf(good)]);
  const [last] = tried;
  if (last === undefined)
    return unmet(
      `no run of these smoke tests in an environment before ${plan.environment}, nor in a rehearsal, is recorded`,
    );
  const revoked = revocationOf(last);
  if (revoked !== null) return unmet(revoked, [proofOf(last)]);
  const count = `${last.smokeTestsPassed} of ${flows} passed`;
  return unmet(`not all critical flows passed in ${last.environment}: ${count}`, [proofOf(last)]);
}

/** An environment outside the known order is earlier than none. */
function isEarlier({ kind, environment }: ProcedureEntry, than: string): boolean {
  const rank = order.indexOf(environment);
  return kind === 'rehearsal' || (rank >= 0 && rank < order.indexOf(than));
}
