import { describe, expect, it } from 'vitest';
import { acceptPlan } from '../planning/accept-plan.ts';
import { fixture, planOf, sha256 } from '../testing/fixtures.test-support.ts';
import type { Grammar } from './grammars.ts';
import { grammars, parseDocument } from './parse.ts';

const notes = fixture('notes-api.md');
const silent = notes.replace(/^---[\s\S]*?---\n/, '');

/** A later version in which every document means nothing any more. */
const later: Grammar = {
  version: 2,
  parse: (source) => ({
    ok: true,
    document: { ...planned(notes), grammar: 2, title: source, steps: [] },
    warnings: [],
  }),
};

function planned(text: string, known: readonly Grammar[] = grammars) {
  const parsed = parseDocument(text, known);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document;
}

describe('the version of the language', () => {
  it.each([
    ['that it names', notes.replace(/^---[\s\S]*?---/, '---\ndeployment: 1\n---')],
    ['before there were versions', silent],
  ])('of a stored document is the one %s, whatever the newest is', (_which, stored) => {
    expect(planned(stored, [...grammars, later])).toEqual(planned(stored));
    expect(planned(stored).grammar).toBe(1);
  });

  it('may be a later one, which is recorded with the plan', () => {
    const document = planned(`---\ndeployment: 2\n---\n${silent}`, [...grammars, later]);
    expect(document).toMatchObject({ grammar: 2, steps: [] });
    expect(planOf(notes).plan.grammar).toBe(1);
  });

  it.each([
    ['---\ndeployment: 2\n---\n', 2, 13],
    ['---\n# new\ndeployment: "1"\n---\n', 3, 13],
    ['---\r\ndeployment: [1]\r\n---\r\n', 2, 1],
    ['---\ndeployment:\n---\n', 2, 12],
    ['---\ndeployment: 1.0\n---\n', 2, 13],
    ['---\ndeployment: 0x1\n---\n', 2, 13],
  ])('%j is reported as unknown, with those that are known, and nothing else', (front, line, column) => {
    expect(parseDocument(front + silent)).toEqual({
      ok: false,
      problems: [
        {
          line,
          column,
          severity: 'error',
          code: 'grammar-version',
          message: 'this is not a version of the language; expected `deployment: 1`, and no front matter means 1',
          suggestion: 'deployment: 1',
        },
      ],
    });
  });

  it('of a plan in JSON is a known one too', () => {
    const json = JSON.parse(JSON.stringify({ ...planOf(notes).plan, grammar: 2 }));
    expect(acceptPlan(json, sha256)).toMatchObject({
      ok: false,
      problems: [{ message: '/grammar: not a version of the language; expected 1' }],
    });
  });
});
