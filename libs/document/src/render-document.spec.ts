import { expect, it } from '@jest/globals';
import { renderDocument } from './render-document.ts';

it('shows the computed verdict beside each line, whatever was ticked by hand', () => {
  const source = '## Acceptance Criteria\r\n- [x] Documentation updated\r\n- [ ] Team notified of deployment\r\n';
  const rendered = renderDocument(
    source,
    new Map([
      [2, { verdict: 'unmet' as const, reason: 'the runbook\nis unchanged' }],
      [3, { verdict: 'met' as const }],
    ]),
  );
  expect(rendered).toBe(
    '## Acceptance Criteria\n- [ ] Documentation updated — **unmet**: the runbook is unchanged\n- [x] Team notified of deployment — **met**\n',
  );
});
