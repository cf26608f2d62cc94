import { environmentId, underlying, type Finding } from '@backstay/deployment';
import { knownEnvironment, maskedBy, prepareDirectory, stepDeploymentOf, type StepGround } from '@backstay/steps';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from '../context.ts';
import type { ProcedureRecords } from '../procedure-records.ts';
import { actionFindings } from './actions.ts';
import { channelFindings } from './channels.ts';
import { dependencyFindings } from './dependencies.ts';
import { diskFindings } from './disk.ts';
import { evidenceFindings } from './evidence.ts';
import { logFindings } from './logs.ts';
import type { Preflight } from './preflight.ts';
import { rollbackFindings } from './rollback-readiness.ts';
import { toolFindings } from './tools.ts';
import { trafficFindings } from './traffic.ts';
import { valueFindings } from './values.ts';

/** Looks at everything that the steps will use, before anything is touched; all findings at once, none with a value in it. */
export async function probePreflight(
  platform: Pick<Platform, 'environments'>,
  ground: StepGround,
  records: ProcedureRecords,
  context: Context,
): Promise<Commands> {
  const whole = underlying(context.state);
  if (whole.status !== 'planning' || whole.claim === null) return [];
  const { token, detach, now } = context;
  const deployment = stepDeploymentOf(context.state);
  const runningVersion = (service: string) => versionOf(platform, service, deployment.plan.environment);
  const { kind, claim, drafted } = whole;
  const target = kind === 'rollback' ? (drafted?.inherited?.rollbackPoint.target ?? null) : claim.running;
  const preflight = { ground, deployment, kind, claim, target, token, detach, records, runningVersion };
  const { redact } = knownEnvironment({ ground, deployment });
  const findings = (await unlessDetached(detach, probe(preflight))).map(maskedBy(redact));
  return [{ type: 'ReportPreflight', phase: 'execution', findings, at: now() }];
}

async function probe(preflight: Preflight): Promise<readonly Finding[]> {
  // Taking a succeeded deployment back performs none of its steps: only the way back is looked at.
  if (preflight.kind === 'rollback')
    return (
      await Promise.all([diskFindings(preflight), trafficFindings(preflight), rollbackFindings(preflight)])
    ).flat();
  const [step] = preflight.deployment.plan.steps;
  if (step !== undefined) await prepareDirectory({ ...preflight, step });
  const probes = [
    valueFindings,
    actionFindings,
    dependencyFindings,
    evidenceFindings,
    logFindings,
    diskFindings,
    toolFindings,
    trafficFindings,
    channelFindings,
    rollbackFindings,
  ];
  return (await Promise.all(probes.map((each) => each(preflight)))).flat();
}

async function versionOf(
  { environments }: Pick<Platform, 'environments'>,
  service: string,
  name: string,
): Promise<string | null> {
  return (await environments.load(environmentId(service, name))).state.running?.version ?? null;
}
