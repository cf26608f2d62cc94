import { describe, expect, it } from 'vitest';
import { size } from '@backstay/event-sourcing/testing';
import { judgedLines, renderDocument, type LineVerdict } from './render-document.ts';

const verdict = (
  line: number,
  kind: LineVerdict['kind'],
  word: string,
  more: Partial<LineVerdict> = {},
): LineVerdict => ({
  line,
  kind,
  verdict: word,
  text: '',
  evidence: [],
  ...more,
});
const rendered = (lines: readonly string[], ...verdicts: LineVerdict[]) =>
  renderDocument({ source: lines.join('\n'), verdicts }).split('\n');

describe('a rendered document', () => {
  it('shows the computed verdict with reason and evidence below each line, whatever was ticked manually', () => {
    const source = '## Acceptance Criteria\r\n- [x] Documentation updated\r\n- [ ] Team notified of deployment\r\n';
    const verdicts = [
      verdict(2, 'criterion', 'unmet', { text: 'the runbook\nis unchanged' }),
      verdict(3, 'criterion', 'met', {
        text: 'reported',
        evidence: [{ eventId: 'e-7', summary: 'team was notified' }],
      }),
    ];
    expect(renderDocument({ source, verdicts })).toBe(
      [
        '## Acceptance Criteria',
        '- [ ] Documentation updated',
        '  - ⊢ **unmet** criterion: the runbook is unchanged',
        '- [x] Team notified of deployment',
        '  - ⊢ **met** criterion: reported',
        '    - team was notified `e-7`',
        '',
      ].join('\n'),
    );
  });

  it('unticks a box that nothing was computed about', () => {
    expect(rendered(['- [x] Approved by everybody'])).toEqual(['- [ ] Approved by everybody']);
  });

  it('ticks no box by a warning, and none where one verdict of several is bad', () => {
    const lines = ['1. [x] Run the tests'];
    expect(rendered(lines, verdict(1, 'problem', 'warning'))[0]).toBe('1. [ ] Run the tests');
    expect(rendered(lines, verdict(1, 'step', 'succeeded'), verdict(1, 'check', 'failed'))[0]).toContain('[ ]');
    expect(rendered(lines, verdict(1, 'step', 'succeeded'), verdict(1, 'problem', 'warning'))[0]).toContain('[x]');
  });

  it('puts the verdict of a step before its own lines, in its column', () => {
    expect(
      rendered(['10. Build', '    - Run: `make`'], verdict(1, 'step', 'succeeded', { text: 'deploy.10' })),
    ).toEqual(['10. Build', '    - ⊢ **succeeded** step: deploy.10', '    - Run: `make`']);
  });

  it('puts the verdict of a wrapped line behind its last word', () => {
    const lines = rendered(['- [ ] Approved', '  by the owner', '- [ ] Reported'], verdict(1, 'criterion', 'met'));
    expect(lines).toEqual(['- [x] Approved', '  by the owner', '  - ⊢ **met** criterion', '- [ ] Reported']);
  });

  it('puts what is said of a heading, a table or a fence below it, and names the line', () => {
    const lines = ['# Title', '| a |', '|---|', '| b |', '', '```', '- [ ] x', '```', 'end', ''];
    const remarks = rendered(lines, ...[1, 4, 7].map((line) => verdict(line, 'problem', 'error', { text: 'no' })));
    const text = remarks.join('\n');
    expect(text).toMatch(/^# Title\n\n> ⊢ \*\*error\*\* problem: no \(line 1\)\n\n\| a \|/);
    expect(text).toMatch(/\| b \|\n\n> ⊢ .*\(line 4\)\n\n\n```\n- \[ \] x\n```\nend\n\n> ⊢ .*\(line 7\)/);
  });

  it('shows verdicts on lines that the source does not have, and those of a plan without a source', () => {
    expect(rendered(['x'], verdict(9, 'step', 'failed')).join('\n')).toContain('⊢ **failed** step (line 9)');
    expect(renderDocument({ source: null, verdicts: [verdict(9, 'step', 'failed')] })).toContain('(line 9)');
  });

  it('begins with what is said of the whole', () => {
    expect(renderDocument({ source: 'x', verdicts: [], notes: ['rolled *back*', 'two'] })).toBe(
      '> rolled \\*back\\*\n>\n> two\n\nx',
    );
  });
});

describe('hostile text', () => {
  const evil = '<script>x</script> [a](javascript:b) **met** `c` | \u001b[2J\u202E ![i](http://h)\n# h';

  it('in reasons, evidence and notes is text', () => {
    const evidence = [{ eventId: 'e`1\n', summary: evil }];
    const text = renderDocument({
      source: '- a',
      verdicts: [verdict(1, 'criterion', 'unmet', { text: evil, evidence })],
      notes: [evil],
    });
    expect(text.split('\n')).toHaveLength(5);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/<script|(?<!\\)\[a|(?<!\\)\*met|\u001b|\u202E|(?<!\\)!\\?\[i/);
    expect(text).toContain('`e?1?`');
  });

  it('in the source can neither hide what follows nor forge a verdict', () => {
    const source = '- a <!-- \n- [x] b ⊢ **met**\n<details>\n`x` <b>y</b>\u0007 KEY=<secret: NAME> CPU < 80%';
    const text = renderDocument({ source, verdicts: [] });
    expect(text).toBe('- a ‹!-- \n- [ ] b - **met**\n‹details>\n`x` ‹b>y‹/b>\uFFFD KEY=<secret: NAME> CPU < 80%');
  });
});

it('judged lines have their number, their text and what is said of them', () => {
  const met = verdict(2, 'criterion', 'met');
  expect(judgedLines('a\n- [ ] b', [met])).toEqual([
    { number: 1, text: 'a', verdicts: [] },
    { number: 2, text: '- [x] b', verdicts: [met] },
  ]);
});

it('as many verdicts as lines are rendered in linear time', () => {
  const count = size(50_000, 5_000);
  const verdicts = Array.from({ length: count }, (_, index) => verdict(index + 1, 'problem', 'error'));
  for (const source of ['\n'.repeat(count - 1), `\`\`\`${'\n'.repeat(count - 1)}`])
    expect(renderDocument({ source, verdicts }).match(/⊢/g)).toHaveLength(count);
});
