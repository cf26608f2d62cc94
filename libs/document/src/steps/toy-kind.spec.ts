import { expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { stepKind } from './kind.ts';
import * as registry from './registry.ts';

const schema = z.object({ kind: z.literal('greet'), name: z.string() });

/** All that the language has to be told of a new kind. */
const greet = stepKind<z.infer<typeof schema>, 'greet'>({
  schema,
  fields: { name: 'performer' },
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
  effect: () => 'keyed',
  print: ({ name }) => [`- Greet: ${name}`],
  describe: ({ name }) => `greet ${name}`,
});

jest.unstable_mockModule('./registry.ts', () => ({ ...registry, stepKinds: { ...registry.stepKinds, greet } }));
const { acceptPlan, kindOf, lint, makePlan, parseDocument, printPlan } = await import('../index.ts');
const { sha256 } = await import('../testing/fixtures.test-support.ts');

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
`;

function planned(document: string) {
  const parsed = parseDocument(document);
  const made = parsed.ok ? makePlan(parsed.document, { digest: sha256 }) : parsed;
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  return made;
}

it('a new kind of step needs one file and one line of the registry, and nothing else of the language', () => {
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

it('its labels and phrases are known where others are misspelt', () => {
  const codes = (document: string) =>
    lint(document).flatMap(({ line, code, message }) =>
      code.startsWith('unknown') ? [`${line} ${code} ${message}`] : [],
    );
  expect(codes(text.replace('- Greet:', '- Gret:'))).toContainEqual(
    expect.stringMatching(/^10 unknown-line .*did you mean `Greet:`/),
  );
  expect(codes(text.replace('Greet the team', 'Gret the team'))).toEqual([
    expect.stringMatching(/^12 unknown-step .*“Greet team”\?$/),
  ]);
});
