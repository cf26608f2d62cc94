import { counted, quantity } from '@backstay/document';
import type { Plan } from '@backstay/document';
import type { Evidenced } from '../events.ts';
import type { ProcedureEntry } from '../procedure-history.ts';
import { proof, type Context } from './context.ts';
import { lastOfEachFlow } from './progress.ts';
import { met, unmet, waiting, type Judged } from './verdict.ts';

const dayMs = 86_400_000;
const usualOrder: readonly string[] = ['development', 'staging', 'production'];

/** Everything that is known of the service, this deployment's own events included, newest first. */
function entries({ history, own }: Context): readonly ProcedureEntry[] {
  return [...history, ...(own === null ? [] : [own])].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

const isSameProcedure = ({ plan }: Context, { procedureDigest }: ProcedureEntry): boolean =>
  procedureDigest === plan.procedureDigest;

const textOf = ({ deployment, kind, version, environment, outcome, at }: ProcedureEntry): string =>
  `${kind} ${deployment} of version ${version} in ${environment}: ${outcome ?? 'under way'} at ${at}`;

/** What is revoked is not named as evidence, be it of nothing. */
const proofsOf = (entry: ProcedureEntry): readonly Evidenced[] =>
  entry.revoked?.some(({ eventId }) => eventId === entry.eventId) === true
    ? []
    : [{ eventId: entry.eventId, summary: textOf(entry) }];

/** Whether nothing of its evidence was revoked. */
const standing = ({ revoked = [] }: ProcedureEntry): boolean => revoked.length === 0;

function revocationOf({ deployment, revoked = [] }: ProcedureEntry): string | null {
  const textOf = revoked.map(({ by, reason }) => `revoked by ${by}: ${reason}`).join('; ');
  return textOf === '' ? null : `evidence of deployment ${deployment} was ${textOf}`;
}

/** What goes on still may prove it. */
const underWay = (entries: readonly ProcedureEntry[]): ProcedureEntry | undefined =>
  entries.find(({ outcome }) => outcome === null);

/** The rollback that took this deployment back, which its own stream does not report. */
const tookBack = (context: Context, { deployment }: ProcedureEntry): ProcedureEntry | undefined =>
  entries(context).find(({ of, outcome }) => of === deployment && outcome?.startsWith('rolled-back') === true);

/** This version with the same procedure succeeded in staging, and nobody took that back. */
export function validatedInStaging(context: Context): Judged {
  const { plan } = context;
  const tried = entries(context).filter(
    ({ environment, version }) => environment === 'staging' && version === plan.version,
  );
  const same = tried.filter((entry) => isSameProcedure(context, entry));
  const succeeded = same.filter((entry) => standing(entry) && entry.outcome === 'succeeded');
  const good = succeeded.find((entry) => tookBack(context, entry) === undefined);
  if (good !== undefined)
    return met(`version ${plan.version} succeeded in staging by the same procedure`, proofsOf(good));
  const going = underWay(same.filter(isToSucceed));
  if (going !== undefined) return waiting(`${nameOf(context, going)} to staging has not succeeded yet`);
  const [back] = succeeded.flatMap((entry) => tookBack(context, entry) ?? []);
  if (back !== undefined) {
    const lacking = `${nameOf(context, back)} took deployment ${back.of} back`;
    return unmet(`version ${plan.version} is not validated in staging any more: ${lacking}`, proofsOf(back));
  }
  const [last] = tried;
  if (last === undefined) return unmet(`no deployment of version ${plan.version} to staging is recorded`);
  const lacking =
    last.outcome === 'succeeded'
      ? (revocationOf(last) ?? 'that deployment followed another procedure')
      : `its last deployment to staging is ${last.outcome ?? 'under way'}`;
  return unmet(`version ${plan.version} is not validated in staging: ${lacking}`, proofsOf(last));
}

/** `deployment of this version in ENV`, whatever its procedure was. */
export function deployedIn(context: Context, environment: string): Judged {
  const { version } = context.plan;
  const tried = entries(context).filter((entry) => entry.environment === environment && entry.version === version);
  const good = tried.find((entry) => standing(entry) && entry.outcome === 'succeeded');
  if (good !== undefined) return met(`version ${version} succeeded in ${environment}`, proofsOf(good));
  const going = underWay(tried.filter(isToSucceed));
  if (going !== undefined) return waiting(`${nameOf(context, going)} to ${environment} has not succeeded yet`);
  const revoked = tried.find(({ outcome }) => outcome === 'succeeded');
  const lacking = `no successful deployment of version ${version} in ${environment} is recorded`;
  return unmet((revoked && revocationOf(revoked)) ?? lacking, tried.slice(0, 1).flatMap(proofsOf));
}

/** A rehearsal and a rollback end in another way. */
const isToSucceed = ({ kind }: ProcedureEntry): boolean => kind === 'deployment';

const nameOf = ({ own }: Context, { deployment, kind }: ProcedureEntry): string =>
  deployment === own?.deployment ? `this ${kind}` : `${kind} ${deployment}`;

export const rollbackTested = (context: Context): Judged => rehearsedWithin(context, 30 * dayMs);

/** A rollback or rehearsal of this procedure ended verified, not too long ago. */
export function rehearsedWithin(context: Context, withinMs: number): Judged {
  const done = entries(context).filter((entry) => isSameProcedure(context, entry) && isVerifiedTest(entry));
  const last = done.find(standing);
  if (last === undefined && isBeingTested(context)) return waiting('it has not been rolled back and verified yet');
  const within = quantity(withinMs, 'ms');
  if (last === undefined) {
    const [revoked] = done;
    if (revoked !== undefined) return unmet(revocationOf(revoked) ?? '', proofsOf(revoked));
    return unmet(`no rollback or rehearsal of this procedure that ended verified is recorded within ${within}`);
  }
  if (Date.parse(context.now) - Date.parse(last.at) > withinMs) {
    return unmet(
      `the last verified rollback of this procedure was at ${last.at}, longer than ${within} ago`,
      proofsOf(last),
    );
  }
  return met(`${last.kind} ${last.deployment} was rolled back${tookOf(last)} and verified`, proofsOf(last));
}

/** This one is going to be rolled back, or is being so: that may prove it. */
const isBeingTested = ({ own, ended, over }: Context): boolean => !ended && (over || own?.kind === 'rehearsal');

function tookOf({ measuredMs, estimatedMs }: ProcedureEntry): string {
  if (measuredMs === null) return '';
  const short = estimatedMs != null && measuredMs > estimatedMs ? ', which is too short' : '';
  const estimated = estimatedMs == null ? '' : ` (estimated ${quantity(estimatedMs, 'ms')}${short})`;
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
  const tried = entries(context).filter((entry) => isSameProcedure(context, entry) && isEarlier(entry, plan));
  const good = tried.find(
    (entry) => standing(entry) && entry.smokeTestsPassed >= flows && entry.smokeTestsFailed === 0,
  );
  if (good !== undefined)
    return met(`${counted(flows, 'critical flow')} passed in ${good.environment}`, flowsOf(context, good));
  const [last] = tried;
  if (last === undefined)
    return unmet(
      `no run of these smoke tests in an environment before ${plan.environment}, nor in a rehearsal, is recorded`,
    );
  const going = underWay(tried);
  if (going !== undefined && going.smokeTestsFailed === 0)
    return waiting(`${nameOf(context, going)} in ${going.environment} has not passed all critical flows yet`);
  const revoked = revocationOf(last);
  if (revoked !== null) return unmet(revoked, proofsOf(last));
  const count = `${last.smokeTestsPassed} of ${flows} passed`;
  return unmet(`not all critical flows passed in ${last.environment}: ${count}`, proofsOf(last));
}

/** The results of this deployment itself are known. */
function flowsOf({ own, records }: Context, entry: ProcedureEntry): readonly Evidenced[] {
  return entry.deployment === own?.deployment ? lastOfEachFlow(records).map((each) => proof(each)) : proofsOf(entry);
}

/** Before this one by the order that the profile gives, else by the usual one; an environment outside of it is before none. */
function isEarlier({ kind, environment }: ProcedureEntry, plan: Plan): boolean {
  const usual = usualOrder.slice(0, Math.max(usualOrder.indexOf(plan.environment), 0));
  return kind === 'rehearsal' || (plan.earlierEnvironments ?? usual).includes(environment);
}
