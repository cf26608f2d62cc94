import { routes, type DeployBody } from '@backstay/api-contract';
import { describe, expect, it } from 'vitest';
import { requestOf } from './request.ts';

const options = {
  environment: 'staging',
  release: '1.2.0',
  requestedBy: 'ci',
  reason: 'the fix of the login page',
  commit: 'c2b79acf',
  workspace: 'run-8812',
  label: { run: '8812' },
  evidence: [{ kind: 'junit', path: 'reports/junit.xml', sha256: 'a'.repeat(64) }],
  override: { disk: 'it is cleaned up afterwards' },
  rehearse: true,
};

describe('the request of a command', () => {
  it('has every option under the key that the contract has for it', async () => {
    const { release, label, override, ...same } = options;
    const request = await requestOf('deploy.md', '# Deployment', options);
    expect(routes.requestDeployment.body.parse(request)).toEqual({
      ...same,
      document: '# Deployment',
      version: release,
      labels: label,
      overrides: [{ code: 'disk', reason: override.disk }],
    });
  });

  it('is held to the keys of the contract by the compiler', () => {
    const document = '# Deployment';
    const [digest] = ['a'.repeat(64)];
    const refused: readonly DeployBody[] = [
      // @ts-expect-error no key of the contract
      { document, requestedByX: 'ci' },
      // @ts-expect-error no value of the contract
      { document, rehearse: 'yes' },
      // @ts-expect-error no part of the contract
      { document, evidence: [{ kind: 'junit', pth: 'a.xml', sha256: digest }] },
    ];
    for (const body of refused) expect(routes.requestDeployment.body.safeParse(body).success).toBe(false);
  });
});
