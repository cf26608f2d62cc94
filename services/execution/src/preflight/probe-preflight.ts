import { environmentId, activeState, type Finding, type DeploymentCommand } from '@backstay/deployment';
import {
  knownEnvironment,
  maskedBy,
  prepareDirectory,
  stepDeploymentOf,
  type FindingCode,
  type StepContext,
} from '@backstay/steps';
import { unlessDetached, type Platform, type DeploymentContext } from '@backstay/service-kit';
import { actionFindings, takingBackFindings } from './actions.ts';
import { channelFindings } from './channels.ts';
import { dependencyFindings } from './dependencies.ts';
import { diskFindings } from './disk.ts';
import { evidenceFindings } from './evidence.ts';
import { logFindings } from './logs.ts';
import type { Preflight } from './preflight.ts';
import { rollbackFindings } from './rollback-readiness.ts';
import { toolFindings } from './tools.ts';
import { userFindings } from './user.ts';
import { valueFindings } from './values.ts';

/** Looks at everything that the steps will use, before anything is touched; all findings at once, none with a value in it. */
export async function probePreflight(
  platform: Pick<Platform, 'environments' | 'profiles'>,
  context: StepContext,
  { state, token, detach, now }: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const active = activeState(state);
  if (active.status !== 'planning' || active.claim === null) return [];
  const deployment = stepDeploymentOf(state);
  const runningVersion = (service: string) => versionOf(platform, service, deployment.plan.environment);
  const { kind, claim, drafted } = active;
  const target = kind === 'rollback' ? (drafted?.inherited?.rollbackPoint.target ?? null) : claim.running;
  const { profiles } = platform;
  const preflight = { context, deployment, kind, claim, target, token, detach, runningVersion, profiles };
  const { redact } = knownEnvironment({ context, deployment });
  const findings = (await unlessDetached(detach, probe(preflight))).map(maskedBy(redact));
  return [{ type: 'ReportPreflight', phase: 'execution', findings, at: now() }];
}

async function probe(preflight: Preflight): Promise<readonly Finding[]> {
  const user = await userFindings(preflight);
  const probes = user.some(({ ok }) => !ok) ? probesWithoutUser : await probesFor(preflight);
  const findings = [user, ...(await Promise.all(probes.map((each) => each(preflight))))].flat();
  return findings.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** What findings are about, in the order in which they are shown. */
const subjects: readonly (readonly FindingCode[])[] = [
  ['missing-variable', 'missing-secret', 'not-allowed', 'repository'],
  ['dependency'],
  ['evidence'],
  ['logs'],
  ['disk'],
  ['tool'],
  ['traffic'],
  ['channel'],
  ['quarantined', 'rollback-target'],
];

function placeOf({ code }: Finding): number {
  const place = subjects.findIndex((codes) => codes.some((each) => each === code));
  return place < 0 ? subjects.length : place;
}

type Probe = (preflight: Preflight) => Promise<readonly Finding[]>;

/** Taking a succeeded deployment back performs none of its steps: only the rollback is looked at. */
const probesOfTakingBack: readonly Probe[] = [diskFindings, takingBackFindings, rollbackFindings];

/** What needs neither a workspace nor a command, where no step could run. */
const probesWithoutUser: readonly Probe[] = [valueFindings, diskFindings, channelFindings];

async function probesFor(preflight: Preflight): Promise<readonly Probe[]> {
  return preflight.kind === 'rollback' ? probesOfTakingBack : probesOfDeployment(preflight);
}

async function probesOfDeployment(preflight: Preflight): Promise<readonly Probe[]> {
  const [step] = preflight.deployment.plan.steps;
  if (step !== undefined) await prepareDirectory({ ...preflight, step });
  return [
    valueFindings,
    dependencyFindings,
    evidenceFindings,
    logFindings,
    diskFindings,
    toolFindings,
    actionFindings,
    channelFindings,
    rollbackFindings,
  ];
}

async function versionOf(
  { environments }: Pick<Platform, 'environments'>,
  service: string,
  name: string,
): Promise<string | null> {
  return (await environments.load(environmentId(service, name))).state.running?.version ?? null;
}
