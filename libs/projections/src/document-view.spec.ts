import { describe, expect, it } from '@jest/globals';
import { acceptanceCriteria } from './acceptance-criteria/index.ts';
import { documentView } from './document-view.ts';
import * as told from './testing/index.ts';

const view = ({ events }: told.Story) =>
  documentView('# Deployment', events, acceptanceCriteria(events, [], told.secondsIn(600)));
const at = (story: told.Story, line: number) => view(story).verdicts.filter((each) => each.line === line);

describe('the document', () => {
  it('stands beside what became of its lines, in their order', () => {
    const { source, verdicts } = view(told.rolledBackByErrorRate());
    expect(source).toBe('# Deployment');
    expect(verdicts.map(({ line }) => line)).toEqual(verdicts.map(({ line }) => line).sort((a, b) => a - b));
  });

  it.each([
    [30, { kind: 'step', verdict: 'succeeded', text: 'pre.1 Verify all integration tests passed' }],
    [112, { kind: 'check', verdict: 'passed', text: 'User Login' }],
    [142, { kind: 'limit', verdict: 'breached', text: told.breach.sentence }],
    [160, { kind: 'documentation', verdict: 'met', text: 'the commit touches CHANGELOG.md' }],
    [201, { kind: 'criterion', verdict: 'met', text: '12 tests, 0 failures' }],
  ])('tells line %i', (line, expected) => {
    expect(at(told.rolledBackByErrorRate(), line)).toContainEqual({ line, ...expected });
  });

  it('shows problems at their lines', () => {
    expect(at(told.rejected(), 12)).toEqual([
      { line: 12, kind: 'problem', verdict: 'error', text: '`[version number]` is not filled in' },
    ]);
  });
});
