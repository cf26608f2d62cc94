import { afterAll, describe, expect, it, vi } from 'vitest';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { stepKind } from '../../document/src/steps/kind.ts';
import * as language from '../../document/src/steps/registry.ts';
import { ownStep, undoKind, undoTitle } from '../../document/src/steps/undo.ts';
import { succeeded, type StepEnd } from './end.ts';
import { fine } from './findings.ts';

const schema = z.object({ kind: z.literal('greet'), name: z.string() });
type Greet = z.infer<typeof schema>;

/** All that the language has to know of a new kind. */
const greet = stepKind<Greet, 'greet'>({
  schema,
  fields: { name: 'effect-handler' },
  label: { name: 'Greet', read: ({ span }) => ({ kind: 'greet', name: span.text }) },
  phrases: {
    greet: {
      text: 'Greet team',
      pattern: /^greet team$/,
      in: ['procedure'],
      mean: () => ({ action: { kind: 'greet', name: 'team' }, origin: 'default' }),
    },
  },
  mutates: false,
  undo: () => ({ kind: 'farewell' }),
  effect: () => 'keyed',
  print: ({ name }) => [`- Greet: ${name}`],
  describe: ({ name }) => `greet ${name}`,
});

/** Its own undo, which rests on what the step has recorded. */
const farewell = undoKind<{ kind: 'farewell' }>({
  schema: z.object({ kind: z.literal('farewell') }),
  takesBackBegun: true,
  refusal: 'only who was greeted is taken leave of',
  steps: (_undo, step, { steps }) => {
    const greeting = steps[step.id]?.result['greeting'];
    if (typeof greeting !== 'string') return [];
    return [ownStep<Greet>(step, { kind: 'greet', name: `who heard “${greeting}”` }, undoTitle(step))];
  },
  describe: () => 'take leave of who was greeted',
});

type GreetTask = { readonly step: { readonly action: Greet } };

const say =
  (word: string) =>
  async ({ step }: GreetTask): Promise<StepEnd> =>
    succeeded({ result: { greeting: `${word} ${step.action.name}` } });

/** All that performs it. */
const greeter = {
  preflight: async ({ action }: { readonly action: Greet }) => [
    fine('tool', { subject: 'voice', message: `${action.name} can hear` }),
  ],
  run: say('hello'),
  undo: say('goodbye'),
};

// Modules that were loaded before know nothing of it, and those loaded from here on are nobody else's.
vi.resetModules();
vi.doMock('../../document/src/steps/registry.ts', () => ({
  ...language,
  stepKinds: { ...language.stepKinds, greet },
  undoKinds: { ...language.undoKinds, farewell },
}));
const steps = await import('./registry.ts');
vi.doMock('./registry.ts', () => ({ ...steps, stepKinds: { ...steps.stepKinds, greet: greeter } }));

const { acceptPlan, kindOf, lint, makePlan, parseDocument, printPlan, undoKindOf } = await import('@backstay/document');
const { decided, foldDeployment, histories, nextAt } = await import('@backstay/deployment/testing');
const { performStep } = await import('./perform.ts');
const { preflightOf } = await import('./dispatch.ts');

afterAll(() => {
  vi.doUnmock('../../document/src/steps/registry.ts');
  vi.doUnmock('./registry.ts');
  vi.resetModules();
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const text = `# Deployment: notes-api 1.1.0

## Deployment Scope
- Name: notes-api
- Version: 1.1.0
- Environment: staging

### Deployment Steps
1. Say hello
   - Greet: Ada
   - Timeout: 5s
2. Greet the team.

### Rollback Steps
1. Say goodbye
   - Greet: Eve
`;

function planned(document: string) {
  const parsed = parseDocument(document);
  const made = parsed.ok ? makePlan(parsed.document, { digest: sha256 }) : parsed;
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  return made;
}

it('a new kind of step is planned, printed, accepted as JSON and described by one entry in the language', () => {
  const { plan, digest, blockers } = planned(text);
  expect(blockers).toEqual([]);
  expect(plan.steps).toMatchObject([
    { action: { kind: 'greet', name: 'Ada' }, timeoutMs: 5_000, effect: 'keyed', mutates: false, onFailure: 'stop' },
    { action: { kind: 'greet', name: 'team' }, origin: 'default' },
  ]);
  expect(printPlan(plan)).toContain('1. Say hello\n   - Greet: Ada\n');
  expect(planned(printPlan(plan)).digest).toBe(digest);
  expect(acceptPlan(JSON.parse(JSON.stringify(plan)), sha256)).toMatchObject({ ok: true, digest });
  expect(kindOf(plan.steps[0]!.action).describe(plan.steps[0]!.action, plan, String)).toBe('greet Ada');
});

it('its label and its phrase are suggested where they are misspelt', () => {
  const unknown = (document: string) =>
    lint(document).flatMap(({ line, code, message }) =>
      code.startsWith('unknown') ? [`${line} ${code} ${message}`] : [],
    );
  expect(unknown(text.replace('- Greet:', '- Gret:'))).toContainEqual(
    expect.stringMatching(/^10 unknown-line .*did you mean `Greet:`/),
  );
  expect(unknown(text.replace('Greet the team', 'Gret the team'))).toEqual([
    expect.stringMatching(/^12 unknown-step .*“Greet team”\?$/),
  ]);
});

const now = '2026-01-01T00:01:00.000Z';
const by = { token: 1, host: 'host-a' };

type Events = Parameters<typeof foldDeployment>[0];

/** What the step that is due says, and the events with its end. */
async function performed(phase: 'execution' | 'rollback', events: Events): Promise<[unknown, Events]> {
  const due = nextAt(phase, events, now);
  if (due.kind !== 'effect' || due.effect.kind !== 'perform-step') throw new Error(`${due.kind} is not a step`);
  const { id } = due.effect.step;
  const isBegun = events.some(({ type, data }) => type === 'StepStarted' && data.step === id);
  const begun = isBegun ? events : decided(events, { type: 'BeginStep', step: id, ...by, at: now });
  const never = new AbortController().signal;
  const run = { state: foldDeployment(begun), ...by, now: () => now, unwanted: never, detach: never };
  const [ended] = await performStep({} as never, phase, due.effect, run);
  if (ended?.type !== 'CompleteStep') throw new Error(`${ended?.type} is not an end of a step`);
  return [ended.result, decided(begun, ended)];
}

it('and is looked at and performed by one entry in the steps', async () => {
  const { plan } = planned(text);
  const found = await Promise.all(plan.steps.map((step) => preflightOf(step, {} as never)));
  expect(found.flat().map(({ message }) => message)).toEqual(['Ada can hear', 'team can hear']);
  const [first, then] = await performed('execution', histories.ready(plan));
  const [second, end] = await performed('execution', then);
  expect([first, second]).toEqual([{ greeting: 'hello Ada' }, { greeting: 'hello team' }]);
  expect(foldDeployment(end)).toMatchObject({ status: 'verifying' });
});

/** Its first step changes something, both are done, and it is rolled back. */
async function rollingBack(document: string): Promise<Events> {
  const { plan } = planned(document.replace('Timeout: 5s', 'Mutates: yes'));
  const [, first] = await performed('execution', histories.ready(plan));
  const [, changed] = await performed('execution', first);
  const trigger = { kind: 'manual', text: 'too loud', line: null, by: 'operator' } as const;
  return decided(
    changed,
    { type: 'TriggerRollback', trigger, reason: 'too loud', at: now },
    { type: 'PlanRollback', token: 1, target: null, checks: { from: null, smokeTests: [], healthChecks: [] }, at: now },
  );
}

it('and in a rollback by the same entry', async () => {
  const [greeting] = await performed('rollback', await rollingBack(text));
  expect(greeting).toEqual({ greeting: 'goodbye Eve' });
});

describe('a way of undoing of its own', () => {
  const written = '1. Say goodbye\n   - Greet: Eve\n';

  it('is planned, accepted as JSON and described by one entry in the language', () => {
    const { plan, digest } = planned(text);
    expect(plan.steps[0]!.undo).toEqual({ kind: 'farewell' });
    expect(acceptPlan(JSON.parse(JSON.stringify(plan)), sha256)).toMatchObject({ ok: true, digest });
    expect(undoKindOf(plan.steps[0]!.undo!).describe(plan.steps[0]!.undo!)).toBe('take leave of who was greeted');
  });

  it.each([
    ['where the document says nothing of it', ''],
    ['where the document reverts', '1. Revert to previous version\n'],
  ])('is performed from what was recorded: %s', async (_where, steps) => {
    const [greeting] = await performed('rollback', await rollingBack(text.replace(written, steps)));
    expect(greeting).toEqual({ greeting: 'goodbye who heard “hello Ada”' });
  });

  it('is refused of a step of another kind', () => {
    const { plan } = planned(text);
    const [step, ...others] = plan.steps;
    const action = { kind: 'wait', ms: 1 } as const;
    const asked = { ...plan, steps: [{ ...step!, action, mutates: true }, ...others] };
    expect(JSON.stringify(acceptPlan(asked, sha256))).toContain('only who was greeted is taken leave of');
  });
});
