import { describe, expect, it } from 'vitest';
import { fixture } from '../testing/fixtures.test-support.ts';
import { lint } from './lint.ts';

const notes = fixture('notes-api.md');
const needs = (text: string, context = {}) => lint(text, context).filter(({ code }) => code === 'needs-context');

describe('what only bindings and profile can provide', () => {
  it('is reported beside an error of another line', () => {
    const wrong = notes.replace('5. Update configuration', '5. Updaet configuration');
    expect(lint(wrong).some(({ severity }) => severity === 'error')).toBe(true);
    expect(needs(wrong)).toEqual(needs(notes));
    expect(needs(notes).length).toBeGreaterThan(5);
  });

  it('is reported beside what is wrong with the request', () => {
    const problems = lint(notes, { environment: 'productoin' });
    expect(problems[0]).toMatchObject({ code: 'environment-mismatch', of: 'request' });
    expect(problems.filter(({ code }) => code === 'needs-context').length).toBeGreaterThan(5);
  });

  it('is not known without an environment', () => {
    expect(needs(notes.replace('- Environment: production', ''))).toEqual([]);
  });
});
