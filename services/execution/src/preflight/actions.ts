import type { Finding } from '@backstay/deployment';
import { type Lookup, namesIn, type Plan, type Request, type Step, substitute } from '@backstay/document';
import { knownEnvironment, repositoriesPath } from '@backstay/steps';
import { resolveCommit } from '@backstay/git';
import { addressProblem } from './address.ts';
import { blocking, fine, warning } from './finding.ts';
import type { Preflight } from './preflight.ts';

/** What the steps, and those of the way back, will ask for: names that stand for something, hosts that may be called, refs that are there. */
export async function actionFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { ground, deployment } = preflight;
  const { plan } = deployment;
  const steps = [...plan.steps, ...plan.rollback.steps].filter(
    ({ onlyIn }) => onlyIn === undefined || onlyIn.includes(plan.environment),
  );
  const told = await Promise.all(
    steps.map(async (step) => {
      const { lookup } = knownEnvironment({ ground, deployment, step });
      return [
        ...missingNames(step, plan, lookup),
        ...notAllowed(step, plan, lookup),
        ...(await refs(step, preflight, lookup)),
      ];
    }),
  );
  return told.flat();
}

/** Names that the document declares are told of by themselves. */
function missingNames(step: Step, plan: Plan, lookup: Lookup): readonly Finding[] {
  const declared = new Set([
    ...plan.environmentVariables.map(({ name }) => name),
    ...plan.secrets.flatMap(({ names }) => names),
  ]);
  const missing = [...new Set(textsOf(step).flatMap(namesIn))].filter(
    (name) => !declared.has(name) && lookup(name) === undefined,
  );
  return missing.map((name) => {
    const facts = {
      subject: name,
      message: `nothing provides \${${name}}, which “${step.title}” uses`,
      line: step.source.line,
    };
    // Without a version to go back to, nothing may ever ask for its name.
    const isWayBack = name === 'ROLLBACK_VERSION' && step.stage === 'rollback';
    return (isWayBack ? warning : blocking)('missing-variable', facts);
  });
}

function textsOf({ action, waitUntil, probe }: Step): readonly string[] {
  const asked = [...(waitUntil?.command.argv ?? []), ...(probe?.argv ?? [])];
  // A shell puts variables in place itself.
  if (action.kind === 'run') return action.shell ? asked : [...action.commands.flatMap(({ argv }) => argv), ...asked];
  if (action.kind === 'request') return [...requestTexts(action.request), ...asked];
  if (action.kind === 'traffic') return [action.socket, ...asked];
  return action.kind === 'checkout' ? [action.repository, action.ref, ...asked] : asked;
}

const requestTexts = ({ path, headers = {}, body = '' }: Request) => [path, ...Object.values(headers), body];

function notAllowed({ action, title, source }: Step, { allow, baseUrl }: Plan, lookup: Lookup): readonly Finding[] {
  if (action.kind !== 'request') return [];
  const { path } = action.request;
  const start = /^(?:[a-z][a-z0-9+.-]*:\/\/|\$\{)/i.test(path) ? path : (baseUrl ?? '');
  if (start === '' || namesIn(start).some((name) => lookup(name) === undefined)) return [];
  const address = substitute(start, lookup);
  const subject = URL.canParse(address) ? new URL(address).host : title;
  const problem = addressProblem(address, allow, `what “${title}” calls`);
  return problem === null ? [] : [blocking('not-allowed', { subject, message: problem, line: source.line })];
}

/** Repositories other than the deployed one, whose commit planning has found. */
async function refs(
  { action, source }: Step,
  { ground, deployment, detach }: Preflight,
  lookup: Lookup,
): Promise<readonly Finding[]> {
  if (action.kind !== 'checkout') return [];
  const { repository, ref } = action;
  if (repository === deployment.plan.repository && ref === deployment.plan.ref) return [];
  if (namesIn(repository + ref).some((name) => lookup(name) === undefined)) return [];
  const at = { repository: substitute(repository, lookup), cacheDir: repositoriesPath(ground.dataDir), signal: detach };
  const facts = { subject: ref, line: source.line };
  return resolveCommit({ ...at, ref: substitute(ref, lookup) }).then(
    ({ commit }) => [fine('repository', { ...facts, message: `is commit ${commit}` })],
    (error: Error) => [blocking('repository', { ...facts, message: error.message })],
  );
}
