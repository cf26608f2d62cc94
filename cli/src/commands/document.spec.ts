import { describe, expect, it } from 'vitest';
import type { DocumentView } from '@backstay/api-contract';
import { id } from '../testing/entries.test-support.ts';
import { withPlatform } from '../testing/platform-double.test-support.ts';
import { backstay, type ExternalServices } from '../testing/world.test-support.ts';

const view: DocumentView = {
  title: `notes-api 1.2.0 to production (deployment ${id})`,
  sentence: 'succeeded: version 1.2.0 runs in production',
  source: '# Deployment\n1. Run the tests\n- [x] All tests passed\n- [x] Approved',
  overrides: [],
  verdicts: [
    {
      line: 2,
      kind: 'step',
      verdict: 'failed',
      text: 'pre.1 Run the tests: exit 1',
      evidence: [{ eventId: 'e-3', summary: 'step pre.1 failed: exit 1' }],
    },
    { line: 3, kind: 'criterion', verdict: 'met', text: '12 tests, 0 failures', evidence: [] },
  ],
};

const documentOf = (body: DocumentView, argv: readonly string[] = [], externalServices: ExternalServices = {}) =>
  withPlatform({ [`GET /v1/deployments/${id}/document`]: { body } }, async ({ url, asked }) => ({
    ...(await backstay(['document', id, ...argv, '--url', url], externalServices)),
    asked: asked.map((each) => each.url),
  }));

describe('backstay document', () => {
  it('shows verdict and evidence below each judged line, plain without a terminal', async () => {
    const { code, out } = await documentOf(view);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      view.title,
      view.sentence,
      '',
      '1 │ # Deployment',
      '2 │ 1. Run the tests',
      '  │   ✖ failed  step pre.1 Run the tests: exit 1',
      '  │             step pre.1 failed: exit 1  [e-3]',
      '3 │ - [x] All tests passed',
      '  │   ✔ met     criterion 12 tests, 0 failures',
      '4 │ - [ ] Approved',
      '',
    ]);
  });

  it('has colours at a terminal, and the same words', async () => {
    const { out } = await documentOf(view, [], { terminal: { columns: 80, rows: 24 } });
    expect(out).toContain('\u001b[31m✖ failed \u001b[39m');
    expect(out).toContain('\u001b[32m✔ met    \u001b[39m');
  });

  it('is one JSON document with --json', async () => {
    const { out } = await documentOf(view, ['--json']);
    expect(JSON.parse(out)).toEqual(view);
  });

  it('is Markdown where that is wanted, also as of an earlier moment', async () => {
    const { out, asked } = await documentOf(view, ['--format', 'markdown', '--as-of', '7']);
    expect(asked).toEqual([`/v1/deployments/${id}/document?asOf=7`]);
    expect(out).toMatch(/^> notes-api 1\.2\.0 to production/);
    expect(out).toContain('\n- [x] All tests passed\n  - ⊢ **met** criterion: 12 tests, 0 failures\n');
    expect(out).toContain('`e-3`');
  });

  it('begins with what was overridden', async () => {
    const override = {
      eventId: 'e-9',
      code: 'disk',
      subject: 'disk',
      message: 'is full',
      reason: 'cleaned',
      by: 'robin',
    };
    const { out } = await documentOf({ ...view, overrides: [override] });
    expect(out).toContain('? overridden disk (disk: is full) by robin: cleaned [e-9]');
  });

  it('says where the document comes from, when it is not that of the request', async () => {
    const { out } = await documentOf({ ...view, note: 'This is the document of another one.' });
    expect(out.split('\n')[2]).toBe('This is the document of another one.');
  });

  it('shows the verdicts of a plan without a document', async () => {
    const { out } = await documentOf({ ...view, source: null });
    expect(out).toMatch(/brought a plan and no document[^]*✖ failed {2}step pre\.1 .* \(line 2\)\n/);
  });

  it('counts lines as the platform does, whatever ends them', async () => {
    const { out } = await documentOf({ ...view, source: '# Deployment\r1. Run the tests\r\n- [x] All tests passed' });
    expect(out).toContain('2 │ 1. Run the tests\n  │   ✖ failed');
    expect(out).toContain('3 │ - [x] All tests passed\n  │   ✔ met');
  });

  it('lets no text from elsewhere paint, move the cursor or pass for a verdict', async () => {
    const evil = '\u001b[32m✔ met\u001b[39m \u001b[2J\u202Eabc';
    const [first] = view.verdicts;
    const { out } = await documentOf(
      { ...view, source: `# a\n${evil}`, verdicts: [{ ...first!, text: evil }], title: evil, sentence: evil },
      [],
      { terminal: { columns: 80, rows: 24 } },
    );
    expect(out).not.toContain('\u001b[32m');
    expect(out).not.toContain('\u001b[2J');
    expect(out).not.toContain('\u202E');
  });
});
