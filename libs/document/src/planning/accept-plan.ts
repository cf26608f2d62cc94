import type { z } from 'zod';
import { allowedPlaces } from './check-allowed.ts';
import { reservedIn, unlistedIn } from './check-names.ts';
import { planDigest, procedureDigest, type Digest } from './digest.ts';
import type { Planned } from './make-plan.ts';
import { commandSchema, type Command } from '../plan/values.ts';
import { planSchema, type Plan, type Step } from '../plan/plan.ts';
import { grammars } from '../reading/parse.ts';
import type { Problem } from '../problems/problem.ts';
import { given as ifGiven } from '../context/bindings.ts';
import { expectedOneOf } from '../problems/expected.ts';
import { issueMessage } from '../problems/issue-message.ts';
import { escaped } from '../values/json-pointer.ts';
import { placedInDocument } from '../printing/placed.ts';
import { overridable, type ServiceProfile } from '../context/profiles.ts';
import { unsupportedOf } from '../reading/step-support.ts';
import { kindOf } from '../steps/lookup.ts';
import { Expansion, templatesOf } from '../values/expansion.ts';
import { headerProblem } from '../values/reserved-names.ts';
import { hasSecret, secretInUrl } from '../values/url-secrets.ts';
import { readWrittenJson } from '../values/json-text.ts';
import { shellVariablesOf, shellWord } from '../values/shell.ts';
import { knownNames, variablesOf } from '../values/variables.ts';

/**
 * Accepts a plan in JSON wherever a document is accepted. Its `procedureDigest` is computed anew, and its lines are those of
 * its printed document. What belongs to the environment (such as allowed hosts, the root of releases or the user of its steps)
 * comes from the profile, whatever the plan says. Problems name the place as a JSON pointer.
 */
export function acceptPlan(json: unknown, digest: Digest, profile?: ServiceProfile): Planned {
  const parsed = planSchema.safeParse(json, { error: issueMessage });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => problem(pointerOf(issue.path), expectationOf(issue)));
    return { ok: false, problems };
  }
  const given = withProfile(parsed.data, profile);
  const problems = [
    ...unknownKeys(json, parsed.data, ''),
    ...checkNames(given),
    ...checkSteps(given),
    ...checkReadiness(given),
    ...checkCommands(given),
    ...checkUrls(given, ''),
    ...checkHeaders(given, ''),
    ...checkAsked(given, profile),
    ...checkExpansion(given),
    ...checkWritten(given, ''),
    ...checkTraffic(given),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const plan = placedInDocument({ ...given, procedureDigest: procedureDigest(given, digest) });
  return { ok: true, plan, digest: planDigest(plan, digest), warnings: [], blockers: [] };
}

/** Whose rights steps have is never the requester's to say, also where there is no profile. */
function withProfile({ runAs: _asked, logFolders: _named, ...given }: Plan, profile: ServiceProfile | undefined): Plan {
  if (profile === undefined) return given;
  const { overridable: _wanted, earlierEnvironments: _stated, ...plan } = given;
  const { hosts, root, keepReleases, notify, acceptsUnattested, queue } = profile;
  const delivery = plan.delivery && {
    ...plan.delivery,
    hosts: [...hosts],
    root: root ?? plan.delivery.root,
    keepReleases,
  };
  return {
    ...plan,
    delivery,
    channels: { ...notify },
    allow: allowedPlaces(profile),
    acceptsUnattested,
    queue,
    ...ifGiven('logFolders', profile.logs && [...profile.logs]),
    ...ifGiven('runAs', profile.runAs),
    ...ifGiven('overridable', overridable(profile)),
    ...ifGiven('earlierEnvironments', profile.earlier && [...profile.earlier]),
  };
}

/** RFC 6901; `/` for the whole. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map(String).reduce(within, '') || '/';
}

function within(pointer: string, key: string): string {
  return `${pointer}/${escaped(key)}`;
}

/** What a value may be; of a union, what any of its members is. */
function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message;
  return [...new Set(issue.errors.flat().map(expectationOf))].join(' or ');
}

function problem(pointer: string, message: string): Problem {
  return { line: 1, column: 1, severity: 'error', code: 'bad-plan', message: `${pointer}: ${message}`, pointer };
}

function checkNames({ grammar, service, environment, steps, scope }: Plan): Problem[] {
  const versions = grammars.map(({ version }) => version);
  const { environments } = scope;
  return [
    ...(versions.includes(grammar)
      ? []
      : [problem('/grammar', `not a version of the language; ${expectedOneOf(versions)}`)]),
    ...(!environments || environments.includes(environment)
      ? []
      : [problem('/scope/environments', `${environment}, for which the plan is, stands not among them`)]),
    ...(/^[A-Za-z0-9][\w-]{0,62}$/.test(service) ? [] : [problem('/service', 'expected letters, digits and hyphens')]),
    ...(/^[a-z][a-z0-9-]{0,62}$/.test(environment)
      ? []
      : [problem('/environment', 'expected lower-case letters, digits and hyphens')]),
    ...(steps.some(({ stage }) => stage === 'deploy') ? [] : [problem('/steps', 'no step deploys')]),
  ];
}

/** An expectation whose number no double holds has it as text alone. */
function checkWritten(value: unknown, pointer: string): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const { kind, written } = value as { kind?: unknown; written?: unknown };
  if (kind !== 'value' || typeof written !== 'string')
    return Object.entries(value).flatMap(([key, each]) => checkWritten(each, within(pointer, key)));
  if ((value as { value?: unknown }).value !== null)
    return [problem(within(pointer, 'value'), 'expected null, because `written` is the value')];
  try {
    readWrittenJson(written);
    return [];
  } catch (error) {
    return [problem(within(pointer, 'written'), `expected JSON; it ${(error as Error).message}`)];
  }
}

function checkTraffic({ monitoring, smokeTests }: Plan): Problem[] {
  return (monitoring.syntheticTraffic?.flows ?? []).flatMap((flow, index) =>
    smokeTests.some(({ number }) => number === flow)
      ? []
      : [problem(`/monitoring/syntheticTraffic/flows/${index}`, `${flow} is the number of no smoke test`)],
  );
}

function checkExpansion({ environmentVariables }: Plan): Problem[] {
  const { problems } = new Expansion(templatesOf(environmentVariables), () => 0);
  return problems.map(({ name, message }) => {
    const index = environmentVariables.findIndex((variable) => variable.name === name);
    return problem(`/environmentVariables/${index}/value`, message);
  });
}

/** Members of a plan, wherever they stand, that hold URLs, or lists and records of them. */
const holdsUrls: ReadonlySet<string> = new Set([
  'url',
  'urls',
  'repository',
  'baseUrl',
  'path',
  'dashboards',
  'channels',
]);

function checkUrls(value: unknown, pointer: string, isUrl = false): Problem[] {
  if (typeof value === 'string')
    return isUrl && value.split(/\s+/).some(hasSecret) ? [problem(pointer, `${secretInUrl}; remove it`)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    checkUrls(
      each,
      within(pointer, key),
      holdsUrls.has(key) || (isUrl && (Array.isArray(value) || typeof each === 'string')),
    ),
  );
}

function checkHeaders(value: unknown, pointer: string): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const at = within(pointer, key);
    if (key !== 'headers') return checkHeaders(each, at);
    return Object.keys((each as object | undefined) ?? {}).flatMap((name) => {
      const message = headerProblem(name);
      return message === undefined ? [] : [problem(within(at, name), message)];
    });
  });
}

/** Secrets and provided variables that are not for this plan. */
function checkAsked(plan: Plan, profile: ServiceProfile | undefined): Problem[] {
  const reserved = reservedIn(plan, profile?.others);
  const unlisted = unlistedIn(plan, profile).map(({ name, list, pointer }) =>
    problem(pointer, `${name} is not among the \`${list}\` of the environment profile; add it there`),
  );
  return [...reserved.map(({ pointer, message }) => problem(pointer, message)), ...unlisted];
}

/** What the plan's shape does not know would be dropped in silence. */
function unknownKeys(given: unknown, known: unknown, pointer: string): Problem[] {
  if (typeof given !== 'object' || given === null || typeof known !== 'object' || known === null) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const at = within(pointer, key);
    if (!Object.hasOwn(known, key)) return [problem(at, 'a plan has nothing of this name; remove it')];
    return unknownKeys(value, (known as Record<string, unknown>)[key], at);
  });
}

/** A secret in an argument is as visible as one that a document puts there. */
function checkCommands(plan: Plan): Problem[] {
  const known = knownNames(plan.environmentVariables, plan.secrets);
  return commandsIn(plan, '').flatMap(([pointer, { text, argv }]) => {
    const variables = argv[0] === 'sh' ? shellVariablesOf : variablesOf;
    const names = [text, ...argv].flatMap((each) => variables(each).map(({ name }) => name));
    const secret = names.find((name) => known.secrets.has(name));
    const syntax = shellWord(argv);
    if (syntax) return [problem(pointer, `${syntax.message}; ${syntax.instead ?? 'give the step a shell'}`)];
    if (secret === undefined) return [];
    const message = `the secret \${${secret}} would be visible in the process list; the command finds it in its environment`;
    return [problem(pointer, message)];
  });
}

function commandsIn(value: unknown, pointer: string): [pointer: string, command: Command][] {
  if (typeof value !== 'object' || value === null) return [];
  const command = commandSchema.safeParse(value);
  if (command.success) return [[pointer, command.data]];
  return Object.entries(value).flatMap(([key, each]) => commandsIn(each, within(pointer, key)));
}

/** Whether a release serves is asked with a plain GET. */
function checkReadiness({ delivery }: Plan): Problem[] {
  if (!delivery) return [];
  const { method, headers, body } = delivery.ready;
  if (method === 'GET' && headers === undefined && body === undefined) return [];
  return [problem('/delivery/ready', 'only a GET without headers and body is supported in this version')];
}

function checkSteps(plan: Plan): Problem[] {
  const stages = { pre: 0, deploy: 1, post: 2, rollback: 3 };
  const inPlace = (list: readonly Step[], allowed: readonly string[], at: string): Problem[] =>
    list.flatMap((step, index) => {
      const pointer = `${at}/${index}`;
      const before = list[index - 1];
      const inOrder =
        !before ||
        stages[before.stage] < stages[step.stage] ||
        (before.stage === step.stage && before.number < step.number);
      return [
        ...(step.id === `${step.stage}.${step.number}`
          ? []
          : [problem(`${pointer}/id`, `expected ${step.stage}.${step.number}`)]),
        ...(allowed.includes(step.stage) ? [] : [problem(`${pointer}/stage`, `expected ${allowed.join(', ')}`)]),
        ...(inOrder ? [] : [problem(pointer, 'steps stand in the order pre, deploy, post, each by its number')]),
        ...checkAction(step, pointer),
        ...unsupportedOf(step).map((message) => problem(pointer, `${message} in this version`)),
      ];
    });
  return [
    ...inPlace(plan.steps, ['pre', 'deploy', 'post'], '/steps'),
    ...inPlace(plan.rollback.steps, ['rollback'], '/rollback/steps'),
  ];
}

function checkAction({ action }: Step, pointer: string): Problem[] {
  return kindOf(action)
    .check(action)
    .map(({ field, message }) => problem(`${pointer}/action/${field}`, message));
}
