import { phaseOfStep, type Finding } from '@backstay/deployment';
import { kindOf, namesIn, requestOf, substitute, type Lookup, type Plan, type Step } from '@backstay/document';
import { askAgain } from '@backstay/service-kit';
import { blocking, isHere, knownEnvironment, preflightBackOf, preflightOf, warning } from '@backstay/steps';
import { addressProblem } from './address.ts';
import type { Preflight } from './preflight.ts';

/** What the steps, and those of the rollback, will ask for: names that stand for something, hosts that may be called, and what their kinds need. */
export async function actionFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { context, deployment } = preflight;
  const { plan } = deployment;
  const found = performedSteps(plan).map(async (step) => {
    const { lookup } = knownEnvironment({ context, deployment, step });
    const ofAny = isHere(step, plan) ? [...missingNames(step, plan, lookup), ...notAllowed(step, plan, lookup)] : [];
    const ofKind = () => preflightOf(step, preflight);
    return [...ofAny, ...(await askAgain(ofKind, hasSilence, { signal: preflight.detach }))];
  });
  return (await Promise.all(found)).flat();
}

/** Whether a service elsewhere, such as a repository or a proxy, may have failed to reply. */
const hasSilence = (findings: readonly Finding[]): boolean =>
  findings.some(({ ok, blocking: blocks, code }) => !ok && blocks && ['repository', 'traffic'].includes(code));

/** What is still looked at where a succeeded deployment is taken back, which performs none of its steps. */
export async function takingBackFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { plan } = preflight.deployment;
  return (await Promise.all(performedSteps(plan).map((step) => preflightBackOf(step, preflight)))).flat();
}

/** Those that execution performs, and those of the rollback. */
function performedSteps({ steps, rollback }: Plan): readonly Step[] {
  return [...steps, ...rollback.steps].filter((step) => ['execution', 'rollback'].includes(phaseOfStep(step)));
}

/** Names that the document declares are reported on their own. */
function missingNames(step: Step, plan: Plan, lookup: Lookup): readonly Finding[] {
  const declared = new Set([
    ...plan.environmentVariables.map(({ name }) => name),
    ...plan.secrets.flatMap(({ names }) => names),
  ]);
  const missing = [...new Set(textsOf(step).flatMap(namesIn))].filter(
    (name) => !declared.has(name) && lookup(name) === undefined,
  );
  return missing.map((name) => {
    const details = {
      subject: name,
      message: `nothing provides \${${name}}, which “${step.title}” uses`,
      line: step.source.line,
    };
    // Without a version to go back to, nothing may ever ask for its name.
    const isOfRollback = name === 'ROLLBACK_VERSION' && step.stage === 'rollback';
    return (isOfRollback ? warning : blocking)('missing-variable', details);
  });
}

function textsOf({ action, waitUntil, probe }: Step): readonly string[] {
  return [...kindOf(action).mentions(action), ...(waitUntil?.command.argv ?? []), ...(probe?.argv ?? [])];
}

function notAllowed({ action, title, source }: Step, { allow, baseUrl }: Plan, lookup: Lookup): readonly Finding[] {
  const request = requestOf(action);
  if (request === undefined) return [];
  const { path } = request;
  const start = /^(?:[a-z][a-z0-9+.-]*:\/\/|\$\{)/i.test(path) ? path : (baseUrl ?? '');
  if (start === '' || namesIn(start).some((name) => lookup(name) === undefined)) return [];
  const address = substitute(start, lookup);
  const subject = URL.canParse(address) ? new URL(address).host : title;
  const problem = addressProblem(address, allow, `what “${title}” calls`);
  return problem === null ? [] : [blocking('not-allowed', { subject, message: problem, line: source.line })];
}
