import fc from 'fast-check';
import type { Bindings } from '../context/bindings.ts';
import type { DeploymentDocument, StepNode } from '../reading/document.ts';
import type {
  CriterionNode,
  DependencyNode,
  DocumentationNode,
  HealthCheckNode,
  Modifiers,
  MonitoringNode,
  SecretNode,
  SmokeTestNode,
  TriggerNode,
} from '../reading/nodes.ts';
import { readLimits } from '../values/limits.ts';
import { metricsNamed, type Queries } from '../values/metrics.ts';
import { findPhrase } from '../steps/phrase.ts';
import { phrasesIn, placeOfStage } from '../steps/lookup.ts';
import type { Clause, Command, Duty, Evidence, OnFailure, Request, Stage } from '../plan/values.ts';
import type { EnvironmentVariable } from '../plan/configuration.ts';
import type { AlertAction, Metric } from '../plan/monitoring.ts';
import type { Relation } from '../plan/criteria.ts';
import type { Action } from '../steps/registry.ts';
import type { ServiceProfile } from '../context/profiles.ts';
import { Reading } from '../reading/reading.ts';
import { withQueries } from '../reading/read-monitoring.ts';
import { Report } from '../problems/report.ts';
import { loose } from '../markdown/span.ts';
import { isReadable } from '../markdown/traps.ts';
import { splitWords } from '../values/words.ts';
import { problemOfPattern } from '../values/log-patterns.ts';

/** A document with the bindings and the profile that complete it: nothing blocks its plan. */
export interface Generated {
  readonly document: DeploymentDocument;
  readonly bindings: Bindings;
  readonly profile: ServiceProfile;
  readonly environment: string;
  readonly commit?: string;
}

const source = { line: 1 };
const some = <Type>(...values: readonly Type[]): fc.Arbitrary<Type> => fc.constantFrom(...values);
const maybe = <Type>(values: fc.Arbitrary<Type>): fc.Arbitrary<Type | undefined> =>
  fc.option(values, { nil: undefined });
const few = <Type>(values: fc.Arbitrary<Type>, minLength = 0, maxLength = 3): fc.Arbitrary<Type[]> =>
  fc.array(values, { minLength, maxLength });

/** A record without the keys whose values are absent. */
function partly<Value extends object>(fields: {
  [Key in keyof Value]: fc.Arbitrary<Value[Key] | undefined>;
}): fc.Arbitrary<Value> {
  return fc
    .record(fields as Record<string, fc.Arbitrary<unknown>>)
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Value);
}

// Texts

const scraps = some(
  'a',
  'B7',
  'none',
  ' ',
  '  ',
  '`',
  '``',
  '```',
  '|',
  '||',
  '<b>',
  '</',
  '[x]',
  '[ ]',
  '*',
  '**',
  '_',
  '\\',
  '#',
  '>',
  '- ',
  '1. ',
  ':',
  ': ',
  ',',
  '"',
  "'",
  '~~~',
  '$',
  '$x',
  '{',
  '}',
  '&amp;',
  '\t',
  '🚀',
  'é',
  'e\u0301',
  '設定',
  'تطبيق',
  '\u00a0',
  '(if applicable)',
  '.',
  ';',
  'http://x',
  ' at ',
  ' within ',
  ' over ',
  ' for ',
  '%',
  '^',
  '!',
  '=',
  '${VERSION}',
  '${DATABASE_URL}',
);
const oneLine = fc
  .oneof(
    few(scraps, 1, 6).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  // oxlint-disable-next-line no-control-regex -- no document holds these
  .filter((text) => !/[\u0000-\u0008\u000A-\u001F\u007F\u2028-\u202E\u2066-\u2069\uFEFF]/.test(text))
  .filter((text) => !/\p{Surrogate}/u.test(text) && !/\$\{(?!VERSION\}|DATABASE_URL\})/.test(text) && text !== '');
/** What may stand between backticks. */
const inCode = oneLine;
/** Where no variable is put in place. */
const fixed = inCode.filter((text) => !text.includes('${'));
const token = fixed.map((text) => text.replace(/\s/g, '')).filter((text) => text !== '');
/** What may stand as the text of a bullet. */
const prose = fc
  .oneof(
    some(
      '# one',
      '1. one',
      '2) two',
      '> one',
      '- one',
      '+ one',
      '[ ] one',
      '**one**',
      '~~~',
      '---',
      '| a |',
      'The `a`: b',
    ),
    oneLine,
  )
  .map((text) => text.trim())
  .filter((text) => text !== '' && !/^\[[ xX]\]\s*$/.test(text) && isReadable(loose(text), new Report()));
const isFree = (title: string): boolean =>
  (['procedure', 'rollback'] as const).every((place) => !findPhrase(loose(title), phrasesIn(place)));
const freeTitle = prose.filter((title) => isFree(title) && !/^\d/.test(title));
const lines = few(fc.oneof(oneLine, fc.constant('')), 1, 4).map((each) => each.join('\n'));
const path = fc.oneof(some('a', 'a b', 'none', 'ops/[x]'), token).filter(isInside);
const url = some(
  'http://127.0.0.1:8080/a_b*c',
  'https://x.example.org/?q=[a]&b=`c`',
  'HTTPS://x/(y)',
  '${DATABASE_URL}/x',
  'https://x.example.org/#<b>|c',
);
const fixedUrl = url.filter((text) => !text.includes('${'));
const repositories = some(
  'git@git.example.org:shop/o.git',
  'https://git.example.org/a?b=[c]|`d`',
  '/srv/git/o.git',
  'file:///srv/<o>',
);
const refs = some('v1.0.0', 'n/a', 'feature/a+b', 'none');
const hour = 3_600_000;
const ms = fc.oneof(
  fc.integer({ min: 1, max: 10_000 }),
  fc.integer({ min: 1, max: 366 * 24 }).map((hours) => hours * hour),
);
const zeroOrMore = fc.oneof(fc.constant(0), ms);
const duty = some('release-manager', 'on-call', 'none', 'x.y_z');

function isInside(text: string): boolean {
  const parts = text.split(/[/\\]/);
  return !parts.includes('..') && parts[0] !== '' && !/^[A-Za-z]:/.test(text);
}

// Values

const aCommand: fc.Arbitrary<Command> = fc
  .oneof(
    some(
      'node migrate.mjs up',
      './run --flag=\'two words\' "a\\"b"',
      'echo `',
      "x#! '`'",
      'make ${VERSION}',
      " a  'b' ",
    ),
    inCode,
  )
  .filter((text) => !text.includes('${DATABASE_URL}'))
  .map((text) => ({ text, words: splitWords(text) }))
  .filter(({ words }) => 'argv' in words)
  .map(({ text, words }) => ({ text, argv: 'argv' in words ? words.argv : [] }));
const shellCommand: fc.Arbitrary<Command> = fc
  .oneof(
    some(
      'a | b > c',
      'x && y; `z`',
      'cd "$(pwd)" || true',
      'cd a\n\n# there\n  rm -rf *',
      'for i in 1 2; do\n\techo "$i"\ndone',
    ),
    inCode.filter((text) => !text.includes('$')),
  )
  .filter((text) => text.trim() !== '')
  .map((text) => ({ text, argv: ['sh', '-eu', '-c', text] }));
const longCommand: Command = { text: `echo ${'x'.repeat(5_000)}`, argv: ['echo', 'x'.repeat(5_000)] };
const inFence = ({ text }: Command): boolean => text === text.trim() && !text.startsWith('#');
const runs = (of: fc.Arbitrary<Command>): fc.Arbitrary<Command[]> =>
  fc.oneof(few(of, 1, 1), few(of.filter(inFence), 2, 4), fc.constant<Command[]>([longCommand]));
const aRun = fc.oneof(
  runs(aCommand).map((commands) => ({ kind: 'run' as const, commands, shell: false })),
  few(shellCommand, 1, 1).map((commands) => ({ kind: 'run' as const, commands, shell: true })),
);
const comparison = some('>' as const, '>=' as const, '<' as const, '<=' as const, '=' as const);
const jsonPath = some('$.token', '$', '$.items[0].id', "$['a`b']", '$..*', '$[?(@.a == "x, y")]');
const jsonValue = fc.oneof(
  fc
    .jsonValue({ maxDepth: 2 })
    .map((value) => JSON.parse(JSON.stringify(value)) as Extract<Clause, { kind: 'value' }>['value']),
  inCode,
  some('', '1', 'true', 'two\nlines', 'a\u202eb', '"', ' '),
  fc.constant({ source: { line: 3 } }),
);
const within = ms.map((each): Clause => ({ kind: 'within', ms: each }));
const commandClauses = few(
  fc.oneof(
    fc.integer({ min: 0, max: 255 }).map((code): Clause => ({ kind: 'exit', code })),
    inCode.map((text): Clause => ({ kind: 'output-contains', text })),
    within,
  ),
  1,
);
const responseClauses = few(
  fc.oneof(
    within,
    fc
      .record({ status: fc.integer({ min: 100, max: 599 }), reason: some('OK', "I'm a teapot", 'Non-Authoritative') })
      .map((each): Clause => ({ kind: 'status', ...each })),
    fc.integer({ min: 100, max: 599 }).map((status): Clause => ({ kind: 'status', status })),
    partly<Omit<Extract<Clause, { kind: 'returns' }>, 'kind'>>({
      what: some('jwt', 'json', 'data'),
      path: maybe(jsonPath),
    }).map((each): Clause => ({ kind: 'returns', ...each })),
    fc
      .record({ path: jsonPath, operator: comparison, value: jsonValue })
      .map((each): Clause => ({ kind: 'value', ...each })),
    fc
      .record({ path: jsonPath, operator: comparison, written: some('12345678901234567890', '{"a": [1e400, 1]}') })
      .map((each): Clause => ({ kind: 'value', value: null, ...each })),
    fc
      .record({ path: jsonPath, operator: comparison, value: fc.nat(999_999_999) })
      .map((each): Clause => ({ kind: 'count', ...each })),
    fc
      .record({ name: inCode, operator: comparison, value: inCode })
      .map((each): Clause => ({ kind: 'header', ...each })),
    inCode.map((text): Clause => ({ kind: 'body-contains', text })),
  ),
  1,
  4,
);
const headers = fc.dictionary(
  some('Accept', 'authorization', 'X-`a|b'),
  fc.oneof(
    some('', 'Bearer ${DATABASE_URL}'),
    oneLine.map((text) => text.trimStart()).filter((text) => /^.*$/.test(text)),
  ),
  {
    minKeys: 1,
  },
);
const body = fc
  .oneof(
    some('', '{"a": "${VERSION}"}', '{\n  "a": [1]\n}', '~~~\n```\n````', ' ', '\n', '\ta\n\n  b\n'),
    lines,
    inCode,
  )
  .filter((text) => !/^\s*[{[]/.test(text) || isJson(text));
const address = fc.oneof(
  inCode.map((text) => `/${text.replace(/\s/g, '')}`),
  some('/', '/a b', '/orders?limit=1'),
  url,
);
const method = some('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
const request: fc.Arbitrary<Request> = partly<Request>({
  method,
  path: address,
  headers: maybe(headers),
  body: maybe(body),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/\$\{[^}\s]*\}/g, '0'));
    return true;
  } catch {
    return false;
  }
}

const aDuty: fc.Arbitrary<Duty> = fc.record({ verb: some('approved', 'confirmed', 'not-applicable'), duty });
const patterns = few(
  inCode.filter((text) => problemOfPattern(text) === undefined),
  1,
  3,
);
const log = { reader: 'log' as const, files: [] as string[], allow: [] as string[] };
const logEvidence: fc.Arbitrary<Evidence> = fc.oneof(
  fc.record({ file: fixed, patterns }).map(({ file, ...rest }) => ({ ...log, files: [file], ...rest })),
  fc.record({ command: aCommand, patterns }).map((each) => ({ ...log, ...each })),
  fc.record({ loki: fc.record({ url, query: inCode }), patterns }).map((each) => ({ ...log, ...each })),
);
const otherEvidence: fc.Arbitrary<Evidence> = fc.oneof(
  fc.record({ reader: some('junit' as const, 'sarif' as const), glob: fixed }),
  fc.record({ reader: fc.constant('commit-touches' as const), path: fixed }),
  fc.record({ reader: fc.constant('url' as const), url: fixedUrl }),
  fc.record({ reader: fc.constant('deployed-in' as const), environment: some('staging', 'pre-production') }),
  fc.record({ reader: fc.constant('rollback-rehearsed' as const), withinMs: ms }),
);
const evidence = fc.oneof(logEvidence, otherEvidence);
const proof = fc.oneof(
  evidence.map((each) => ({ kind: 'evidence' as const, evidence: each })),
  aDuty.map((each) => ({ kind: 'manual' as const, duty: each })),
);
const onFailure: fc.Arbitrary<OnFailure> = fc.oneof(
  some<OnFailure>('stop', 'continue', 'rollback'),
  duty.map((name): OnFailure => `ask:${name}`),
);
const retry = fc.record({ times: fc.integer({ min: 1, max: 999 }), everyMs: ms });
const environmentName = some('production', 'staging', 'development', 'pre-production', 'none');

// Steps

type Draft = Pick<StepNode, 'title' | 'meaning' | 'modifiers'>;

/** The modifiers that every step takes. */
const modifiers = {
  onFailure: maybe(onFailure),
  retry: maybe(retry),
  timeoutMs: maybe(ms),
  onlyIn: maybe(few(environmentName, 1)),
  effect: maybe(some('idempotent' as const, 'keyed' as const, 'reattachable' as const, 'opaque' as const)),
  mutates: maybe(fc.boolean()),
};
/** What changes a database changes something. */
function consistent(draft: Draft): Draft {
  const { changesDatabase, mutates: _mutates, ...rest } = draft.modifiers;
  if (changesDatabase === undefined || changesDatabase === 'none') return draft;
  return { ...draft, modifiers: { ...rest, changesDatabase } };
}
const undoable = {
  undo: maybe(fc.oneof(aRun, fc.constant({ kind: 'none' as const }))),
  irreversible: maybe(fc.boolean()),
};
const changing = (databases: readonly string[]) => ({
  changesDatabase: maybe(
    fc.oneof(some<'any' | 'none'>('any', 'none'), ...(databases.length > 0 ? [few(some(...databases), 1, 2)] : [])),
  ),
});
const commanding = {
  waitUntil: maybe(fc.record({ command: aCommand, withinMs: ms })),
  probe: maybe(aCommand),
  directory: maybe(path),
};
const phraseOf = (title: string, stage: Stage): string | undefined =>
  findPhrase(loose(title), phrasesIn(placeOfStage(stage)))?.name;

function stepDraft(
  title: fc.Arbitrary<string>,
  meaning: fc.Arbitrary<StepNode['meaning']>,
  more: { [Key in keyof Modifiers]?: fc.Arbitrary<Modifiers[Key] | undefined> } = {},
): fc.Arbitrary<Draft> {
  return fc.record({ title, meaning, modifiers: partly<Modifiers>({ ...modifiers, ...more }) });
}

const actionMeaning = (action: fc.Arbitrary<Action>): fc.Arbitrary<StepNode['meaning']> =>
  action.map((each) => ({ kind: 'action', action: each }));
const channel = some('team', '#team-orders', 'on-call', 'none');
const procedureTitle = fc.oneof(
  freeTitle,
  some(
    'Build the application artifacts.',
    'Notify team of deployment window',
    'Check error logs',
    '**Restart services**',
    'Run the database migrations',
  ),
);

/** A step that an action label makes. */
const labelled = (stage: Stage, databases: readonly string[], declared: readonly string[]): fc.Arbitrary<Draft> => {
  const title =
    stage === 'rollback' ? fc.oneof(freeTitle, some('Restart services', 'Notify team of rollback')) : procedureTitle;
  const undo = stage === 'rollback' ? {} : undoable;
  const about = stage === 'rollback' ? ('rollback' as const) : ('step' as const);
  const plain = (action: fc.Arbitrary<Action>): fc.Arbitrary<Draft> => stepDraft(title, actionMeaning(action), undo);
  const both = [
    stepDraft(title, actionMeaning(aRun), {
      ...undo,
      ...commanding,
      ...changing(declared),
      expected: maybe(commandClauses),
    })
      .map(oneShell)
      .map(consistent),
    stepDraft(title, actionMeaning(request.map((each) => ({ kind: 'request', request: each }))), {
      ...undo,
      expected: maybe(responseClauses),
    }),
    plain(channel.map((each) => ({ kind: 'notify', channel: each, about }))).map(aboutTheWindow),
    plain(ms.map((each) => ({ kind: 'wait', ms: each }))),
    plain(aDuty.map((each) => ({ kind: 'manual', duty: each }))).map(ofPerson),
  ];
  const ofProcedure = [
    plain(fc.record({ kind: fc.constant('checkout' as const), repository: repositories, ref: refs, into: path })),
    plain(
      fc
        .oneof(some(...databases), some('${DATABASE_URL}', 'postgresql://archive'))
        .map((each) => ({ kind: 'backup', engine: 'postgresql', urls: [each] })),
    ),
    plain(evidence.map((each) => ({ kind: 'evidence', evidence: each }))),
    plain(
      fc
        .record({
          share: some(0, 0.1, 1),
          target: some('new', 'web-2'),
          socket: some('/run/haproxy.sock', '127.0.0.1:9999'),
          backend: some('orders', 'b:1'),
        })
        .map((each) => ({ kind: 'traffic', proxy: 'haproxy', ...each })),
    ),
    plain(fc.constant({ kind: 'deploy', deployer: 'release', parts: ['place', 'configure', 'activate'] })),
  ];
  return fc.oneof(...both, ...(stage === 'rollback' ? [] : ofProcedure));
};

/** What a person says is not tried again. */
function ofPerson(draft: Draft): Draft {
  const { retry: _retry, effect: _effect, ...rest } = draft.modifiers;
  return { ...draft, modifiers: rest };
}

/** `Shell: yes` is of a whole step. */
function oneShell(draft: Draft): Draft {
  const { meaning, modifiers: own } = draft;
  if (meaning.kind !== 'action' || meaning.action.kind !== 'run' || own.undo?.kind !== 'run') return draft;
  return { ...draft, modifiers: { ...own, undo: meaning.action } };
}

function aboutTheWindow(draft: Draft): Draft {
  const { title, meaning } = draft;
  if (phraseOf(title, 'pre') !== 'notify-window' || meaning.kind !== 'action' || meaning.action.kind !== 'notify')
    return draft;
  return meaning.action.about === 'step'
    ? { ...draft, meaning: { ...meaning, action: { ...meaning.action, about: 'window' } } }
    : draft;
}

const phrased = (title: string, stage: Stage, more: Parameters<typeof stepDraft>[2] = {}): fc.Arbitrary<Draft> => {
  const { name, argument, optional } = findPhrase(loose(title), phrasesIn(placeOfStage(stage)))!;
  const meaning = { kind: 'phrase' as const, phrase: name, ...(argument !== undefined && { argument }), optional };
  return stepDraft(fc.constant(title), fc.constant(meaning), { ...(stage === 'rollback' ? {} : undoable), ...more });
};

const procedurePhrased = fc.oneof(
  ...[
    'Verify all integration tests passed',
    'Verify the security scans passed (if applicable)',
    'Back up current production state',
    'Notify team about deployment window',
    'Deploy to target environment',
    'Update configuration',
    'restart service',
    '**Run smoke tests**',
    'Verify monitoring dashboards',
    'Check error logs (if applicable)',
    'Verify critical user flows',
    'Update deployment documentation',
  ].map((title) => phrased(title, 'pre')),
  ...['Build application artifacts', 'Run database migrations (if applicable)'].map((title) =>
    phrased(title, 'pre', { ...commanding, ...changing([]), expected: maybe(commandClauses) }).map(consistent),
  ),
);
const rollbackPhrased = fc.oneof(
  ...[
    'Stop new deployment',
    'Revert to previous version',
    'Revert to the previous version `2.9.1`',
    'Revert to previous version 2.9.0',
    'Restart services',
    'Verify system health',
    'Notify team of rollback',
    'Run smoke tests',
    'Verify critical user flows',
  ].map((title) => phrased(title, 'rollback')),
);

/** Restores what one of these steps saves, by its title or by a label. */
const restoring = (backups: readonly StepNode[]): fc.Arbitrary<Draft> =>
  fc
    .record({
      of: some(...backups),
      long: fc.boolean(),
      inTitle: fc.boolean(),
      title: fc.oneof(freeTitle, some('Restore database to backup')),
    })
    .chain(({ of: { stage, number }, inTitle, title }) => {
      const name = `backup of ${{ pre: 'pre-deployment', deploy: 'deployment', post: 'post-deployment', rollback: '' }[stage]} step ${number}`;
      const meaning = { kind: 'phrase' as const, phrase: 'restore' as const, argument: name, optional: false };
      const written = inTitle ? `Restore database to ${name}` : title;
      const draft = stepDraft(fc.constant(written), fc.constant(meaning));
      const parts = partly<object>({ dataLossMs: maybe(ms), always: maybe(fc.constant(true)) });
      return fc
        .tuple(draft, parts)
        .map(([each, own]) =>
          Object.keys(own).length === 0 ? each : { ...each, meaning: { ...meaning, parts: own } },
        );
    });

const numbered = (stage: Stage, drafts: readonly Draft[]): StepNode[] =>
  drafts.map((draft, index) => ({ stage, number: index + 1, ...draft, source }));

const makesBackup = ({ meaning }: StepNode): boolean =>
  meaning.kind === 'phrase' ? meaning.phrase === 'backup' : meaning.action.kind === 'backup';

/** @param declared the databases that a step may name as changed */
const steps = (
  databases: readonly string[],
  declared: readonly string[],
): fc.Arbitrary<{ steps: StepNode[]; rollback: StepNode[] }> => {
  const of = (stage: Stage, least: number, most: number): fc.Arbitrary<StepNode[]> =>
    few(fc.oneof(labelled(stage, databases, declared), procedurePhrased), least, most).map((drafts) =>
      numbered(stage, drafts),
    );
  return fc
    .tuple(of('pre', 0, 12), of('deploy', 1, 4), of('post', 0, 3))
    .map((stages) => stages.flat())
    .chain((all) => {
      const backups = all.filter(makesBackup);
      const each = [
        labelled('rollback', databases, declared),
        rollbackPhrased,
        ...(backups.length > 0 ? [restoring(backups)] : []),
      ];
      const rollback = few(fc.oneof(...each), 0, 5).map((drafts) => numbered('rollback', drafts.map(withoutRollback)));
      return rollback.map((own) => ({ steps: all, rollback: own }));
    });
};

/** A rollback that fails is not rolled back, and what it does is not undone. */
function withoutRollback(draft: Draft): Draft {
  const { onFailure: own, ...rest } = draft.modifiers;
  return { ...draft, modifiers: own === 'rollback' ? rest : draft.modifiers };
}

// Configuration

const needed: readonly EnvironmentVariable[] = ['DATABASE_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map(
  (name) => ({
    name,
    from: 'secret',
    secret: `PRODUCTION_${name}`,
    source,
  }),
);
const variable = fc.oneof(
  fc
    .oneof(some('', '"', "'", '"a"', ' a ', '<x>', '[x]', "it's", '# a', '```'), oneLine)
    .map((value) => ({ from: 'value' as const, value })),
  fc
    .oneof(
      some('', 'what it is', '[a] >'),
      oneLine.map((text) => text.trim()).filter((text) => !/^\s*secret|>\s+#/i.test(text)),
    )
    .map((hint) => ({ from: 'provided' as const, hint })),
  some('TOKEN', 'A_b').map((secret) => ({ from: 'secret' as const, secret })),
);
const variables: fc.Arbitrary<EnvironmentVariable[]> = few(variable, 0, 4).map((all) => [
  ...needed,
  { name: 'REDIS_URL', from: 'provided' as const, hint: 'where Redis is', source },
  ...all.map((each, index) => ({ name: `V${index}`, ...each, source })),
]);
const secret: fc.Arbitrary<SecretNode> = fc
  .oneof(
    fc.record({
      title: some('API tokens', 'Gate', 'none', 'It is *it*'),
      names: few(some('GATE_TOKEN', 'API_TOKEN'), 1),
    }),
    some('Keys `KEY_A`, `KEY_B`').map((title) => ({ title, names: ['KEY_A', 'KEY_B'] })),
    some('Key `KEY_A`').map((title) => ({ title, names: ['KEY_A', 'KEY_C'] })),
    some('AWS credentials', 'Database credentials').map((title) => ({ title })),
  )
  .map((each) => ({ ...each, source }));

const labelText = prose.filter((text) => !/[:`]/.test(text) && text.length <= 80);
const address2 = some('${DATABASE_URL}', 'postgresql://archive', 'redis://127.0.0.1:6379');
const minimum = some('14', '15.2', '7.0.1');
const dependency: fc.Arbitrary<DependencyNode> = fc
  .oneof(
    fc
      .record({
        title: fc.oneof(some('Database', 'Service'), labelText),
        kind: some('postgresql' as const, 'redis' as const),
        minimum,
        url: address2,
      })
      .map(({ title, ...check }) => ({
        title: title === 'Database' && check.kind === 'redis' ? 'Cache' : title,
        check,
      })),
    fc
      .record({ title: labelText, url })
      .map(({ title, url: at }) => ({ title, check: { kind: 'url' as const, url: at } })),
    fc
      .record({ title: fc.oneof(some('CDN', 'Edge'), labelText), distribution: some('E123', 'E2QWRUHEXAMPLE') })
      .map(({ title, distribution }) => ({ title, check: { kind: 'cloudfront' as const, distribution } })),
    some('1.8.0', '>= 1.8.0', '^2').map((range) => ({
      title: 'Service',
      check: { kind: 'service' as const, service: 'payments-api', range },
    })),
    fc
      .record({ title: fc.oneof(some('None', 'The `psql`: client'), labelText), command: aCommand })
      .map(({ title, command }) => ({ title, check: { kind: 'command' as const, command } })),
    some('Load Balancer', 'CDN', 'Monitoring').map((title) => ({ title })),
  )
  .map((each) => ({ ...each, source }));

// Checks

const flow = (number: number): fc.Arbitrary<SmokeTestNode> =>
  partly<Omit<SmokeTestNode, 'number' | 'captures' | 'source'>>({
    title: fc.oneof(some('User Login', 'GET /orders', '**bold**', 'none'), prose),
    request,
    expect: fc.oneof(fc.constant([]), responseClauses),
    retry: maybe(retry),
    timeoutMs: maybe(ms),
    onFailure: maybe(onFailure),
  }).map((each) => ({ ...each, number, captures: capturesOf(each.expect), source }));

function capturesOf(expect: readonly Clause[]): Record<string, string> {
  for (const each of expect)
    if (each.kind === 'returns' && each.what === 'jwt' && each.path !== undefined) return { token: each.path };
  return {};
}

/** The second flow takes from the first what it captures by a path. */
const flows: fc.Arbitrary<SmokeTestNode[]> = fc
  .tuple(fc.nat(3), fc.boolean(), fc.tuple(flow(1), flow(2), flow(3)))
  .map(([count, refers, all]) => {
    const [first, second, ...rest] = all;
    if (!refers) return all.slice(0, count);
    const taking = { ...second, request: { ...second.request, path: '/orders/${smoke.1.$.items[0].id}' } };
    const taken = { ...first, captures: { ...first.captures, '$.items[0].id': '$.items[0].id' } };
    return [taken, taking, ...rest].slice(0, count + 1 < 2 ? 2 : count + 1);
  });

const healthCheck: fc.Arbitrary<HealthCheckNode> = fc
  .oneof(
    fc
      .record({ title: labelText.filter((title) => !/^version$/i.test(title)), method, path: address })
      .map(({ title, ...each }) => ({ title, check: { kind: 'request' as const, request: each } })),
    some('database' as const, 'cache' as const).chain((kind) =>
      address2.map((at) => ({ title: `${kind} connectivity`, check: { kind, url: at } })),
    ),
    fc
      .record({ title: labelText, url })
      .map(({ title, url: at }) => ({ title, check: { kind: 'url' as const, url: at } })),
    fc
      .record({ title: fc.oneof(some('Version'), labelText), path: address, jsonPath })
      .map(({ title, path: at, jsonPath: where }) => ({
        title,
        check: { kind: 'version' as const, request: { method: 'GET', path: at }, jsonPath: where },
      })),
    some('External API connectivity').map((title) => ({ title })),
  )
  .map((each) => ({ ...each, source }));

// Monitoring

const queryNames = ['checkout latency', 'error rate', 'response time', 'memory', 'a > b (p95): x'];
const query = some('sum(rate(x[1m]))', 'up\n  == 1\n\n```\nx', '~~~');
const queries = fc.dictionary(some(...queryNames), query, { maxKeys: 3 });
const amount = fc.oneof(
  fc.nat(100_000),
  fc.double({ min: 0, max: 1_000_000, noNaN: true }).map((value) => Number(value.toFixed(6))),
  some(0.000001, 999_999_999_999),
);
const units: Record<string, readonly string[]> = {
  ratio: ['%', ' percent'],
  ms: ['ms', ' s', ' minutes'],
  bytes: ['MiB', 'B', 'TB'],
  count: [''],
  'per-second': ['/s', ''],
};

/** The text of a limit, as somebody might write it. */
const limitText = (known: readonly string[]): fc.Arbitrary<string> =>
  fc
    .record({
      name: some(
        'Request rate',
        'error rate',
        'Response time',
        'Latency',
        'CPU',
        'Memory',
        'CPU/Memory usage',
        'database connections',
        'Queue depth',
        ...known.map((name) => `\`${name}\``),
      ),
      quantile: some('', ' p95', ' p99.9', ' (p50)'),
      operator: some('>', '>=', '<', '<=', '=', 'exceeds', 'above', 'below'),
      amount,
      unit: fc.nat(),
      over: some('', ' over 1m', ' over 90 seconds'),
      lasting: some('', ' for 30s', ' for 0s', ' for 1h30m'),
    })
    .map(({ name, quantile, operator, amount: value, unit, over, lasting }) => {
      const [metric] = metricsNamed(name.replaceAll('`', ''), new Map(known.map((each) => [each, 'x']))) ?? [];
      const allowed = (metric?.units ?? [])
        .flatMap((each) => units[each] ?? [])
        .filter((each) => name !== 'CPU/Memory usage' || !each.includes('B'));
      return `${name}${metric?.quantiles ? quantile : ''} ${operator} ${plainNumber(value)}${allowed[unit % allowed.length] ?? ''}${over}${lasting}`;
    });

function plainNumber(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}

function limitsOf(text: string, known: readonly string[]): ReturnType<typeof readLimits> {
  const report = new Report();
  const limits = readLimits(loose(text), queriesNamed(known), new Reading(report));
  if (report.errorCount > 0) throw new Error(`${text}: ${report.problems.map(({ message }) => message).join('; ')}`);
  return limits;
}

const queriesNamed = (names: readonly string[]): Queries => new Map(names.map((name) => [name, 'x']));

const alert: fc.Arbitrary<AlertAction> = fc.oneof(
  some<AlertAction>('rollback', 'page', 'warn'),
  channel.map((name): AlertAction => `notify:${name}`),
);

const metricNode = (known: readonly string[]): fc.Arbitrary<Metric[]> =>
  fc
    .record({
      name: some('Request rate', 'Error rate', 'Response time', 'CPU/Memory usage', 'Memory', 'Queue depth', ...known),
      optional: fc.boolean(),
      quantiles: some([0.95], [0.5, 0.999]),
    })
    .map(({ name, optional, quantiles }) =>
      metricsNamed(name, queriesNamed(known))!.flatMap((each): Metric[] => {
        const base = { metric: each.metric, unit: each.units[0]!, optional, source };
        if (!each.quantiles) return [base];
        return (optional ? [0.95] : quantiles).map((quantile) => ({ ...base, quantile }));
      }),
    );

const monitoring = (fences: Readonly<Record<string, string>>): fc.Arbitrary<MonitoringNode> => {
  const known = Object.keys(fences);
  const hasQueries = known.length > 0;
  const kind = hasQueries ? fc.constant('prometheus' as const) : some('scrape' as const, 'prometheus' as const);
  return partly<MonitoringNode>({
    source: maybe(fc.record({ kind, url: fixedUrl })),
    watchMs: maybe(ms),
    baselineMs: maybe(ms),
    minimumSamples: maybe(fc.integer({ min: 1, max: 9_999 })),
    minimumRequests: maybe(fc.integer({ min: 1, max: 9_999 })),
    mode: some(undefined, 'shadow' as const),
    syntheticTraffic: maybe(fc.boolean()),
    onNoData: maybe(
      fc.record({
        waitMs: ms,
        then: fc.oneof(
          fc.constant('fail' as const),
          duty.map((name) => `ask:${name}` as const),
        ),
      }),
    ),
    metrics: few(metricNode(known), 0, 4).map((all) => all.flat()),
    thresholds: few(fc.tuple(limitText(known), alert), 0, 4).map((all) =>
      all.flatMap(([text, action]) => limitsOf(text, known).map((limit) => ({ ...limit, action, source }))),
    ),
  })
    .chain((own) =>
      own.watchMs === undefined
        ? fc.constant(own)
        : partly<MonitoringNode>({ everyMs: maybe(ms) } as never).map((every) => ({ ...own, ...every })),
    )
    .map((own) =>
      withQueries(own, new Map(Object.entries(fences).map(([name, text]) => [name, { query: text, line: 1 }]))),
    );
};

const trigger = (known: readonly string[]): fc.Arbitrary<TriggerNode[]> =>
  fc.oneof(
    some<TriggerNode>(
      { text: 'Smoke tests fail', rule: { kind: 'smoke-tests' }, source },
      { text: 'A critical functionality is broken', rule: { kind: 'critical-flow' }, source },
      { text: 'Manual trigger', rule: { kind: 'manual' }, source },
      { text: 'Performance degradation > 50%', rule: { kind: 'degradation', ratio: 0.5 }, source },
      {
        text: 'Performance degradation > 50% beyond 1s',
        rule: { kind: 'degradation', ratio: 0.5, beyondMs: 1_000 },
        source,
      },
      {
        text: 'Performance degradation exceeds 7.5% beyond 200ms over 1m for 20s',
        rule: { kind: 'degradation', ratio: 0.075, beyondMs: 200, forMs: 20_000, overMs: 60_000 },
        source,
      },
    ).map((each) => [each]),
    // A scraped source knows no alerts; with queries it is Prometheus.
    ...(known.length === 0 ? [] : [some('HighErrors', 'Disk `1`').map((alert) => [alertNode(alert)])]),
    limitText(known).map((text) =>
      limitsOf(text, known).map((limit): TriggerNode => ({ text, rule: { kind: 'limit', limit }, source })),
    ),
  );

function alertNode(name: string): TriggerNode {
  const alert = name.replaceAll('`', '');
  return {
    text: name === alert ? `Alert ${alert} fires` : `Alert \`${alert}\` fires`,
    rule: { kind: 'alert', alert },
    source,
  };
}

const inLines = <Node extends { readonly source: { readonly line: number } }>(
  groups: readonly (readonly Node[])[],
): Node[] => groups.flatMap((group, index) => group.map((node) => ({ ...node, source: { line: index + 1 } })));

// What is to be proved

const documentation: fc.Arbitrary<DocumentationNode> = fc
  .oneof(
    some(
      { text: 'CHANGELOG updated with deployment notes', key: 'CHANGELOG', optional: false },
      { text: 'API documentation updated (if API changes)', key: 'API', optional: true },
      { text: 'Architecture diagrams updated (if changes)', key: 'Architecture', optional: true },
    ).chain((line) => maybe(proof).map((each) => ({ ...line, ...(each && { proof: each }) }))),
    fc
      .record({ text: prose.filter((text) => !/updated/i.test(text)), proof })
      .map((each) => ({ ...each, optional: /\(if [^()]*\)$/i.test(each.text) })),
  )
  .filter(({ text }) => !/^(?:none|n\/a)\.?$/i.test(text))
  .map((each) => ({ ...each, source }));

const relation: fc.Arbitrary<Relation> = fc
  .oneof(
    fc
      .record({
        service: some('payments-api', 'x'),
        range: some('1.8.0', '>= 1.8.0', 'v2024-06'),
        environment: some('staging', 'production'),
      })
      .map(({ service, range, environment }): Relation => ({
        text: `the deployment of ${service} ${range} to ${environment}.`,
        rule: { kind: 'deployment', service, range, environment },
        source,
      })),
    fc
      .record({ text: fc.oneof(some('#1234'), prose), duty: aDuty })
      .map(({ text, duty: by }): Relation => ({ text, rule: { kind: 'manual', duty: by }, source })),
  )
  .filter(({ text }) => !/^(?:none|n\/a)\.?$/i.test(text));

const computedTexts: readonly CriterionNode[] = [
  ['All integration tests passed', 'tests-passed'],
  ['Security scans passed (no high/critical vulnerabilities)', 'scans-passed'],
  ['Deployment procedure validated in staging', 'validated-in-staging'],
  ['Rollback procedure tested', 'rollback-tested'],
  ['Smoke tests defined and tested', 'smoke-tests-tested'],
  ['Monitoring dashboards configured', 'dashboards-configured'],
  ['Documentation updated', 'documentation-updated'],
  ['Team notified of deployment', 'team-notified'],
  ['Deployment executed successfully', 'executed'],
  ['No critical errors in logs', 'no-critical-errors'],
  ['Performance metrics within acceptable range', 'performance-acceptable'],
].map(([text, kind]) => ({ text, line: 1, rule: { kind } }) as CriterionNode);

const criterion = (known: readonly string[], environments: readonly string[]): fc.Arbitrary<CriterionNode[]> =>
  fc.oneof(
    some(...computedTexts).map((each) => [each]),
    some(...environments).map((name): CriterionNode[] => [
      { text: `Smoke tests passed in ${name}`, line: 1, rule: { kind: 'smoke-tests-passed' } },
    ]),
    limitText(known).map((text) =>
      limitsOf(text, known).map((limit): CriterionNode => ({ text, line: 1, rule: { kind: 'limit', limit } })),
    ),
    fc
      .record({ text: prose.filter((text) => !/^(?:none|n\/a)\.?$/i.test(text)), rule: proof })
      .map(({ text, rule }): CriterionNode[] => [{ text, line: 1, rule }]),
  );

// The whole

const scope = (environments: readonly string[]): fc.Arbitrary<DeploymentDocument['scope']> =>
  partly<DeploymentDocument['scope']>({
    name: some('orders-api', 'none', 'A_b', 'x'),
    version: some('2.4.0', 'v1', 'none', '2024.06.1+b-c'),
    environments: fc.constant(environments),
    repository: maybe(repositories),
    ref: maybe(refs),
    cloudProvider: maybe(some('AWS', 'GCP', 'Azure', 'on-premise')),
    region: maybe(token),
    zone: maybe(token),
    cluster: maybe(token),
    namespace: maybe(token),
    baseUrl: maybe(fixedUrl),
    windows: few(
      some('Mon-Thu 09:00-16:00 Europe/Berlin', 'Sat, Sun 10:00-12:00 UTC', 'fri-mon  22:00-04:00 Asia/Tokyo'),
    ),
  });

const bindings: fc.Arbitrary<Bindings> = partly<Bindings>({
  build: runs(aCommand),
  migrate: maybe(partly<NonNullable<Bindings['migrate']>>({ up: runs(aCommand), down: maybe(runs(aCommand)) })),
  start: aCommand,
  ready: maybe(some({ method: 'GET', path: '/health' }, { method: 'GET', path: '/ready?x=1' })),
  version: maybe(some({ request: { method: 'GET', path: '/version' }, jsonPath: '$.version' })),
  evidence: partly<Bindings['evidence']>({
    tests: fc.constant({ reader: 'junit', glob: 'a.xml' }),
    scans: maybe(otherEvidence),
  }),
  logs: maybe(
    partly<NonNullable<Bindings['logs']>>({
      files: few(inCode, 0, 2),
      command: maybe(aCommand),
      loki: maybe(fc.record({ url, query: inCode })),
      critical: patterns,
      allow: few(inCode),
    }),
  ),
  secrets: fc.constant({ 'aws credentials': ['AWS_KEY'], 'Database credentials': ['DB_USER', 'DB_PASSWORD'] }),
  smoke: fc.dictionary(
    some('user login', 'GET /orders', 'Other'),
    partly<Bindings['smoke'][string]>({
      body: maybe(some('{"user":"${CHECKER}"}', 'a\r\nb\u0007', '{not json')),
      headers: some<Readonly<Record<string, string>>>(
        {},
        { accept: 'text/plain', 'X-Token': '${token} ${CHECK_KEY}' },
        { 'X-B': '`' },
      ),
      captures: some<Readonly<Record<string, string>>>({}, { token: '$.token' }, { other: '$.other' }),
    }),
    { maxKeys: 2 },
  ),
  documentation: fc.constant({ changelog: 'CHANGELOG.md', API: 'docs/api.md', Architecture: 'docs/architecture.md' }),
});

const profile = (environment: string, queried: boolean): fc.Arbitrary<ServiceProfile> =>
  partly<ServiceProfile>({
    environment: fc.constant(environment),
    service: fc.constant('orders-api'),
    deployer: fc.constant('release'),
    hosts: fc.constant(['local']),
    root: some('/srv/a', '/srv/b c'),
    baseUrl: some('http://127.0.0.1:18080', 'https://x.example.org/a[b]'),
    metrics: some(
      { kind: 'prometheus' as const, url: 'http://127.0.0.1:9090' },
      ...(queried ? [] : [{ kind: 'scrape' as const, url: 'http://127.0.0.1/metrics?a=`b`' }]),
    ),
    dashboards: some(['http://127.0.0.1:7300/d'], ['http://a', 'http://b']),
    probes: some<Readonly<Record<string, string>>>({}, { cdn: 'http://127.0.0.1:18082', Edge: 'http://e' }).map(
      (more) => ({
        'load balancer': 'http://l',
        Monitoring: 'http://m',
        'External API': 'http://x',
        CDN: 'http://c',
        ...more,
      }),
    ),
    notify: some('log', 'webhook <secret: TEAM_HOOK>').map((to) => ({
      team: to,
      'team-orders': 'log',
      'on-call': to,
      none: 'log',
    })),
    limits: some({ cores: null, memoryBytes: null }, { cores: 2, memoryBytes: 536_870_912 }),
    queue: some('fifo', 'latest'),
    dataLossMs: ms,
    allow: some(['*:*'], ['*:*', '127.0.0.1:*']),
    monitoring: partly<ServiceProfile['monitoring']>({
      watchMs: maybe(ms),
      everyMs: maybe(ms),
      baselineMs: maybe(ms),
      minimumSamples: maybe(some(3, 8)),
      minimumRequests: maybe(some(1, 10)),
      onNoData: maybe(fc.record({ waitMs: ms, then: some('fail' as const, 'ask:on-call' as const) })),
    }),
    acceptsUnattested: fc.boolean(),
    keepReleases: some(2, 5),
    logs: fc.constant(['/']),
    overrides: some([], ['unknown-running']),
  });

const hasReady = ({ ready }: Bindings, checks: readonly HealthCheckNode[]): boolean =>
  ready !== undefined ||
  checks.some(
    ({ check }) => check?.kind === 'request' && check.request.method === 'GET' && !check.request.path.includes('${'),
  );

/** Whole documents in their context: every form, every modifier, and characters that nobody thinks of. */
export const generated: fc.Arbitrary<Generated> = fc
  .record({
    environments: fc.uniqueArray(environmentName, { minLength: 1, maxLength: 3 }),
    fences: queries,
    dependencies: few(dependency, 0, 5),
  })
  .chain(({ environments, fences, dependencies }) => {
    const known = Object.keys(fences);
    const databases = dependencies.flatMap(({ check }) => (check?.kind === 'postgresql' ? [check.url] : []));
    return fc
      .record({
        scope: scope(environments),
        steps: steps(databases.length > 0 ? databases : ['${DATABASE_URL}'], databases),
        variables,
        secrets: few(secret),
        flows,
        healthChecks: few(healthCheck, 0, 4),
        monitoring: monitoring(fences),
        triggers: few(trigger(known), 0, 4),
        mode: some(undefined, 'shadow' as const),
        estimatedMs: maybe(zeroOrMore),
        timeoutMs: maybe(ms),
        dataLossMs: maybe(ms),
        documentation: few(documentation),
        blockedBy: few(relation, 0, 2),
        blocks: few(relation, 0, 2),
        criteria: few(criterion(known, environments), 0, 5),
        commit: maybe(some('a'.repeat(40), 'b'.repeat(40))),
        bindings,
        profile: profile(environments[0]!, known.length > 0),
      })
      .map((all): Generated => {
        const { mode, estimatedMs, timeoutMs, dataLossMs } = all;
        const settings = Object.entries({ mode, estimatedMs, timeoutMs, dataLossMs }).filter(
          ([, value]) => value !== undefined,
        );
        const document: DeploymentDocument = {
          grammar: 1,
          scope: all.scope,
          steps: all.steps.steps,
          variables: all.variables,
          secrets: all.secrets,
          dependencies,
          smokeTests: all.flows,
          healthChecks: all.healthChecks,
          monitoring: all.monitoring,
          rollback: { triggers: inLines(all.triggers), steps: all.steps.rollback, ...Object.fromEntries(settings) },
          documentation: all.documentation,
          blockedBy: all.blockedBy,
          blocks: all.blocks,
          criteria: all.criteria.flatMap((group, index) => group.map((each) => ({ ...each, line: index + 1 }))),
          undecided: [],
          columns: new Map(),
        };
        const given = hasReady(all.bindings, all.healthChecks)
          ? all.bindings
          : { ...all.bindings, ready: { method: 'GET', path: '/health' } };
        return {
          document,
          bindings: given,
          profile: all.profile,
          environment: environments[0]!,
          ...(all.commit && { commit: all.commit }),
        };
      });
  });
