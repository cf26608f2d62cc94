import { describe, expect, it } from 'vitest';
import { valueFindings } from './values.ts';
import type { Preflight } from './preflight.ts';

const source = { line: 7 };
const plan = {
  service: 'orders-api',
  version: '2.4.0-rc.1',
  environment: 'staging',
  secrets: [{ title: 'Secrets', names: ['PIN', 'HOOK', 'KEY'], origin: 'document', source }],
  environmentVariables: [],
  steps: [],
};
const provided = { PIN: '4711', HOOK: 'https://hooks/?v=2.4.0-rc.1&key=abcdefgh', KEY: 'abcdefghijk' };
const preflight = {
  context: { secrets: 'env', provided },
  deployment: { id: 'd-1', plan, commit: null, rollbackVersion: null },
} as unknown as Preflight;

describe('the preflight of secrets', () => {
  it('warns of one that cannot be masked, and of one of which a public value shows a part, by name alone', async () => {
    const warnings = (await valueFindings(preflight)).filter(({ ok }) => !ok);
    expect(warnings).toMatchObject([
      { code: 'short-secret', subject: 'PIN', line: 7, blocking: false, message: expect.stringContaining('8 bytes') },
      { code: 'public-secret', subject: 'HOOK', line: 7, blocking: false },
    ]);
    expect(JSON.stringify(warnings)).not.toMatch(/4711|2\.4\.0/);
  });
});
