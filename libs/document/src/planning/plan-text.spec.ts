import { describe, expect, it } from 'vitest';
import { fixture, planOf, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { lint } from '../reading/lint.ts';
import { printPlan } from '../printing/print-plan.ts';
import { isPlanText, readPlanText } from './plan-text.ts';
import { serviceProfile } from '../context/profiles.ts';

const { plan, digest, warnings, blockers } = planOf(fixture('orders-api.md'));
const pretty = (value: unknown): string => JSON.stringify(value, null, 2);
const placed = (text: string): unknown =>
  lint(text).map(({ line, column, pointer, code }) => [line, column, pointer, code]);

describe('the text of a plan in JSON', () => {
  it.each([
    ['alone', pretty(plan)],
    ['in one line', JSON.stringify(plan)],
    ['behind a byte order mark', `\uFEFF ${pretty(plan)}`],
    ['as the whole reply', pretty({ digest, plan, blockers, warnings })],
  ])('is accepted %s, with the same digest', (_how, text) => {
    expect(isPlanText(text)).toBe(true);
    expect(readPlanText(text, sha256)).toMatchObject({ ok: true, digest });
    expect(lint(text)).toEqual([]);
  });

  it('has its problems at the line and column of what they are about', () => {
    const text = pretty({ digest, plan: { ...plan, colour: 'blue' } });
    const line = text.split('\n').findIndex((each) => each.includes('"colour"')) + 1;
    expect(placed(text)).toEqual([[line, 15, '/colour', 'bad-plan']]);
  });

  it('also deep inside, where names need to be escaped, and where something is missing', () => {
    const { version: _, ...rest } = plan;
    const odd = { ...rest, steps: [{ ...plan.steps[0]!, 'a/b~c': 1 }, ...plan.steps.slice(1)] };
    expect(placed(JSON.stringify(odd))).toEqual([[1, 1, '/version', 'bad-plan']]);
    const json = JSON.stringify({ ...odd, version: '1' });
    expect(placed(json)).toEqual([[1, json.indexOf('"a/b~c":') + 9, '/steps/0/a~1b~0c', 'bad-plan']]);
  });

  it('that is no JSON is reported where it breaks off', () => {
    expect(lint('{\n  "grammar": 1,\n  x')).toMatchObject([
      { line: 3, column: 3, code: 'bad-plan', message: expect.stringMatching(/^this is not JSON: /) },
    ]);
  });

  it.each(['12345678901234567890', '1e400', '9007199254740993', '0.10000000000000000001'])(
    'with a number that would become another one is refused with its place: %s',
    (number) => {
      const text = pretty({ plan }).replace(
        /"grammar": 1,/,
        `"grammar": 1,\n"other": "1e400 \\" 1e400",\n"odd": [${number}],`,
      );
      expect(lint(text)).toMatchObject([
        { line: 5, column: 9, code: 'bad-plan', message: expect.stringContaining('write it in quotes') },
      ]);
    },
  );

  it('has its expected numbers as they are written in the document, and prints them so', () => {
    const expected = '12345678901234567890';
    const written = planOf(
      fixture('orders-api.md').replace(/- Expected: 200 OK/, `- Expected: 200 OK, \`$.id\` = \`${expected}\``),
    );
    expect(written.plan.smokeTests.flatMap(({ expect: clauses }) => clauses)).toContainEqual({
      kind: 'value',
      path: '$.id',
      operator: '=',
      value: null,
      written: expected,
    });
    expect(readPlanText(pretty(written.plan), sha256)).toMatchObject({ ok: true, digest: written.digest });
    expect(printPlan(written.plan)).toContain(`\`$.id\` = \`${expected}\``);
  });

  it('is given what the profile says of its service and environment', () => {
    const profileOf = (service: string, environment: string) => serviceProfile(profiles(), environment, service);
    const accepted = readPlanText(pretty({ ...plan, allow: ['*:*'] }), sha256, profileOf);
    expect(accepted).toMatchObject({ ok: true, plan: { allow: expect.not.arrayContaining(['*:*']) } });
  });
});
