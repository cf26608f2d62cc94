import { describe, expect, it } from 'vitest';
import { documentOf, fixture } from '../testing/fixtures.test-support.ts';
import { parseDocument } from '../reading/parse.ts';

const notes = fixture('notes-api.md');
const steps = /### Deployment Steps\n(?:.+\n)+/;

function problemsOf(text: string): string[] {
  const parsed = parseDocument(text);
  return (parsed.ok ? parsed.warnings : parsed.problems).map(({ code }) => code);
}

describe('under `10.` three spaces are too few for Markdown', () => {
  const many = Array.from(
    { length: 12 },
    (_, index) => `${index + 1}. Step\n   - Run: \`echo ${index + 1}\`\n   - Undo: none\n`,
  ).join('');
  const text = notes.replace(steps, `### Deployment Steps\n${many}`);

  it('the bullets are read as the step’s own, with a warning', () => {
    expect(problemsOf(text)).toEqual(Array.from({ length: 6 }, () => 'outdented-bullet'));
    const read = documentOf(text).steps.filter(({ stage }) => stage === 'deploy');
    expect(read.map(({ number, modifiers }) => [number, modifiers.undo?.kind])).toEqual(
      Array.from({ length: 12 }, (_, index) => [index + 1, 'none']),
    );
  });
});

describe('underlined headings', () => {
  it('open sections too', () => {
    const underlined = notes
      .replace('## Dependencies', 'Dependencies\n------------')
      .replace('## Documentation', 'Documentation\n=============');
    expect(problemsOf(underlined)).toEqual([]);
  });
});

describe('prose', () => {
  it('is read by people only', () => {
    const prose = notes
      .replace(
        '## Documentation',
        '## Background\n\n- Why: because\n1. [this] <is> `prose\n\n```\nanything\n```\n\n## Documentation',
      )
      .replace(
        '### Health Checks',
        'Two flows are enough, see [the guide](https://guide.example).\n\n> Mind the gap.\n\n---\n\n### Health Checks',
      );
    expect(problemsOf(prose)).toEqual([]);
  });

  it('under a heading of its own with an action in it is reported, for somebody may expect it to run', () => {
    const prose = notes.replace(
      '## Documentation',
      '## Extra checks\n\n1. Look\n   - Run: `make check`\n\n## Documentation',
    );
    expect(problemsOf(prose)).toEqual(['unknown-section']);
  });
});

describe('a heading within a section that is none of the language', () => {
  const below = (heading: string, bullets: string): string[] => {
    const text = fixture('notes-api.md').replace(
      '### Rollback Steps',
      `${heading}\n\n${bullets}\n\n### Rollback Steps`,
    );
    const parsed = parseDocument(text);
    return (parsed.ok ? parsed.warnings : parsed.problems).map(({ severity, code }) => `${severity} ${code}`);
  };

  it.each([
    ['of which one is not a trigger', '- Error rate exceeds 5%\n- The team lead is in doubt'],
    ['for people', '- Call the on-call phone\n- Notify the team'],
    ['that say nothing', '- none'],
  ])('is prose with bullets %s', (_what, bullets) => {
    expect(below('### When we go back', bullets)).toEqual(['warning unknown-section']);
  });

  it.each([
    ['triggers', '- Error rate exceeds 5%\n- Smoke tests fail'],
    ['steps', '1. Stop new deployment\n2. Look\n   - Run: `make look`'],
    ['phrases without numbers', '- Stop new deployment\n- Restart services'],
  ])('is an error with nothing but %s below it', (_what, bullets) => {
    expect(below('### When we go back', bullets)).toEqual(['error unknown-section']);
    expect(below('**When we go back:**', bullets)).toEqual(['error unknown-section']);
  });

  it('is prose without bullets, and outside of a section', () => {
    expect(below('### When we go back', 'When it hurts.')).toEqual([]);
    expect(below('## When we go back', '- Smoke tests fail')).not.toContain('error unknown-section');
  });
});

describe('an almost empty document', () => {
  it('says what a document must have, and what it had better have', () => {
    expect(problemsOf('')).toEqual(Array.from({ length: 9 }, () => 'missing-section'));
    const parsed = parseDocument('');
    const errors = parsed.ok ? [] : parsed.problems.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      'the section *Deployment Scope* is missing; add it',
      'the section *Deployment Steps* is missing; add it',
    ]);
  });

  it('may have no more than scope and steps', () => {
    const text =
      '## Deployment Scope\n- Name: a\n- Version: 1\n- Environment: staging\n\n## Deployment Steps\n1. Do it\n   - Manual: confirmed by ops\n';
    expect(parseDocument(text).ok).toBe(true);
  });

  it('may say none, but not for what is required', () => {
    const none = notes
      .replace('- deployment of notes-web 2.0.0 to production', '- n/a')
      .replace(/(### Health Checks\n)(?:- .+\n)+/, '$1- none\n');
    expect(problemsOf(none)).toEqual([]);
    expect(problemsOf(notes.replace(steps, '### Deployment Steps\n- none\n'))).toEqual(['missing-line']);
    expect(problemsOf(notes.replace('- Version: 1.1.0', '- Version: none'))).toEqual(['missing-value']);
  });
});
