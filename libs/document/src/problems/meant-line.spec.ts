import { describe, expect, it } from 'vitest';
import { meantLine } from './meant-line.ts';

const known = [
  'All integration tests passed',
  'Security scans passed',
  'Rollback procedure tested successfully',
  'Smoke tests defined and tested',
  'Smoke tests passed in production',
  'No critical errors in logs',
  'Performance metrics within acceptable range',
];

describe('the line that another nearly is', () => {
  it.each([
    ['Performance metrics are acceptable', 'Performance metrics within acceptable range'],
    ['Smoke tests pass in production', 'Smoke tests passed in production'],
    ['Smoke tests succeed in production', 'Smoke tests passed in production'],
    ['There are no critical errors in the log files', 'No critical errors in logs'],
    ['Security scans are clean', 'Security scans passed'],
    ['Rollback was tested', 'Rollback procedure tested successfully'],
    ['Securty scns passed', 'Security scans passed'],
  ])('“%s” is “%s”', (text, meant) => {
    expect(meantLine(text, known)).toBe(meant);
  });

  it.each([
    'Everybody is happy',
    'Unit tests passed',
    'Load tests passed in production',
    'Rollback procedure documented',
  ])('“%s” is something else', (text) => {
    expect(meantLine(text, known)).toBeUndefined();
  });

  it.each(['Smoke tests are green', 'All tests passed'])('is none where two are as near: “%s”', (text) => {
    expect(meantLine(text, known)).toBeUndefined();
  });
});
