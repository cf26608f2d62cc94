import type { Bindings } from '../context/bindings.ts';
import { given } from '../context/bindings.ts';
import { allowedPlaces, checkAllowed } from './check-allowed.ts';
import { checkLogs } from './check-logs.ts';
import { checkNames } from './check-names.ts';
import { placeOf } from '../reading/check-across.ts';
import { checkBoundVariables, checkUndecided, smokeSecrets } from './bound-variables.ts';
import { planDigest, procedureDigest, type Digest } from './digest.ts';
import type { DeploymentDocument, StepNode } from '../reading/document.ts';
import { phraseNamed } from '../steps/lookup.ts';
import { warnOfIdle } from './idle.ts';
import { didYouMean } from '../problems/nearest.ts';
import { Needs } from './needs.ts';
import { planDependencies, planDocumentation, planHealthChecks, planSecrets, planSmokeTests } from './plan-checks.ts';
import { checkHosts, planBaseUrl, planChannels, planDelivery } from './plan-delivery.ts';
import { planCriteria, planMonitoring, planTriggers } from './plan-monitoring.ts';
import { withTraffic } from './plan-traffic.ts';
import { watchedBy } from './plan-watch.ts';
import { planRollbackSteps, planSteps } from './plan-steps.ts';
import type { Plan } from '../plan/plan.ts';
import type { Blocker, Problem } from '../problems/problem.ts';
import { overridable, type Profiles, type ServiceProfile } from '../context/profiles.ts';
import { Report } from '../problems/report.ts';
import { isProduction } from '../values/environments.ts';

const rollbackTimeoutMs = 30 * 60_000;

/** What is known beside the document when a plan is made. */
export interface PlanContext {
  /** Chosen by the request, where the document allows several. */
  readonly environment?: string | undefined;
  /** The version that the request names; it must be the document's. */
  readonly version?: string | undefined;
  /** The exact commit that branch or tag was resolved to. */
  readonly commit?: string | undefined;
  readonly bindings?: Bindings | undefined;
  readonly profile?: ServiceProfile | undefined;
  /** The whole of which `profile` is a part: without an entry for the service, that is reported once. */
  readonly profiles?: Profiles | undefined;
  readonly digest: Digest;
}

/** A plan with what still keeps it from running, or the errors that keep it from being one. */
export type Planned =
  | {
      readonly ok: true;
      readonly plan: Plan;
      readonly digest: string;
      readonly warnings: Problem[];
      readonly blockers: Blocker[];
    }
  | {
      readonly ok: false;
      readonly problems: Problem[];
      /** What is reported besides, and what else keeps it from running; absent where it was not read so far. */
      readonly warnings?: Problem[];
      readonly blockers?: Blocker[];
    };

/** Gives every line of a document its meaning. Pure: the same document and context give the same plan and digest. */
export function makePlan(document: DeploymentDocument, context: PlanContext): Planned {
  const report = new Report();
  const environment = chosenEnvironment(document, context, report);
  if (context.version !== undefined && context.version !== document.scope.version) {
    const message = `the request names version ${context.version}, the document ${document.scope.version}`;
    report.errorOfRequest('version-mismatch', message);
  }
  const needs = new Needs(document, environment ?? '', context.bindings, context.profile, context.profiles);
  const draft = draftPlan(needs, context);
  checkUndecided(needs, report);
  checkBoundVariables(needs);
  checkNames(draft, needs, report);
  checkHosts(needs);
  const { warnings } = needs;
  if (report.errorCount > 0)
    return { ok: false, problems: report.problems, warnings, blockers: inOrder(needs.allBlockers()) };
  checkAllowed(draft, needs);
  checkLogs(draft, needs);
  const plan = { ...draft, procedureDigest: procedureDigest(draft, context.digest) };
  return { ok: true, plan, digest: planDigest(plan, context.digest), warnings, blockers: inOrder(needs.allBlockers()) };
}

function inOrder(blockers: readonly Blocker[]): Blocker[] {
  return [...blockers].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function chosenEnvironment(document: DeploymentDocument, context: PlanContext, report: Report): string | undefined {
  const { environments } = document.scope;
  const chosen = context.environment ?? (environments.length === 1 ? environments[0] : undefined);
  const listed = environments.join(', ');
  if (chosen === undefined) {
    const message = `the document is for ${listed}; choose one of them: \`-e ${environments[0]}\` on the command line, \`environment\` in a request`;
    return report.errorOfRequest('missing-environment', message);
  }
  if (!environments.includes(chosen)) {
    const message = `the request is for ${chosen}, the document for ${listed}${didYouMean(chosen, environments)}`;
    return report.errorOfRequest('environment-mismatch', message);
  }
  for (const step of document.steps) {
    const named = environmentNamedBy(step)?.toLowerCase();
    const skipped = step.modifiers.onlyIn?.includes(chosen) === false;
    if (named === undefined || skipped || named === chosen || !environments.includes(named)) continue;
    const message = `this step deploys to ${named}, also where the deployment is to ${chosen}; write “Deploy to target environment”, or \`- Only in: ${named}\``;
    report.error(placeOf(step.source.line, document), 'environment-mismatch', message);
  }
  return chosen;
}

function environmentNamedBy({ meaning }: StepNode): string | undefined {
  return meaning.kind === 'phrase' && phraseNamed(meaning.phrase).namesEnvironment ? meaning.argument : undefined;
}

type Drafted = Pick<Plan, 'steps' | 'smokeTests' | 'healthChecks'>;

/** What is watched, by what, and what is judged of it. */
function planWatch(needs: Needs, { steps, smokeTests, healthChecks }: Drafted) {
  const measuring = planMonitoring(needs, steps);
  const triggers = planTriggers(needs, measuring.everyMs);
  const criteria = planCriteria(needs, measuring.everyMs);
  const watched = watchedBy({ monitoring: measuring, triggers, smokeTests, healthChecks }, needs);
  const { environment } = needs;
  const served = { environment, smokeTests, monitoring: watched, rollback: { triggers }, acceptanceCriteria: criteria };
  return { triggers, criteria, monitoring: withTraffic(served, needs) };
}

function draftPlan(needs: Needs, context: PlanContext): Plan {
  const { document, profile, environment } = needs;
  const { scope, rollback } = document;
  const steps = planSteps(needs);
  const rollbackSteps = planRollbackSteps(needs);
  const dependencies = planDependencies(needs);
  const smokeTests = planSmokeTests(needs);
  const secrets = [...planSecrets(needs), ...smokeSecrets(smokeTests, needs)];
  const healthChecks = planHealthChecks(needs);
  const { triggers, criteria, monitoring } = planWatch(needs, { steps, smokeTests, healthChecks });
  warnOfIdle(needs, monitoring);
  const all = [...steps, ...rollbackSteps];
  return {
    grammar: document.grammar,
    service: scope.name,
    version: scope.version,
    environment,
    procedureDigest: '',
    ...given('repository', scope.repository),
    ...given('ref', scope.ref),
    ...given('commit', context.commit),
    scope: {
      ...given('cloudProvider', scope.cloudProvider),
      ...given('region', scope.region),
      ...given('zone', scope.zone),
      ...given('cluster', scope.cluster),
      ...given('namespace', scope.namespace),
      windows: [...scope.windows],
      ...given('environments', scope.environments.length > 1 ? [...scope.environments] : undefined),
    },
    baseUrl: planBaseUrl(all, smokeTests, healthChecks, needs),
    delivery: planDelivery(all, needs),
    steps,
    environmentVariables: [...document.variables],
    secrets,
    dependencies,
    smokeTests,
    healthChecks,
    monitoring,
    rollback: {
      triggers,
      steps: rollbackSteps,
      ...given('estimatedMs', rollback.estimatedMs),
      timeoutMs: rollback.timeoutMs ?? rollbackTimeoutMs,
      dataLossMs: rollback.dataLossMs ?? profile?.dataLossMs ?? null,
    },
    documentation: planDocumentation(needs),
    blockedBy: [...document.blockedBy],
    blocks: [...document.blocks],
    acceptanceCriteria: criteria,
    channels: planChannels(all, monitoring.thresholds, needs),
    allow: profile ? allowedPlaces(profile) : [],
    acceptsUnattested: profile?.acceptsUnattested ?? !isProduction(environment),
    queue: profile?.queue ?? 'fifo',
    ...given('logFolders', profile?.logs && [...profile.logs]),
    ...given('runAs', profile?.runAs),
    ...given('overridable', profile && overridable(profile)),
    ...given('earlierEnvironments', profile?.earlier && [...profile.earlier]),
  };
}
