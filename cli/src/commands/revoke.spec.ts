import { describe, expect, it } from 'vitest';
import { id, summary } from '../testing/entries.test-support.ts';
import { problem, withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay } from '../testing/world.test-support.ts';

const revoking = (routes: Routes, ...argv: readonly string[]) =>
  withPlatform(routes, async ({ url, asked }) => ({
    ...(await backstay(['revoke', id, ...argv, '--url', url])),
    bodies: asked.map(({ body }) => body),
  }));
const route = `POST /v1/deployments/${id}/evidence/pre.1/revoke`;

describe('backstay revoke', () => {
  it('revokes the evidence with its reason, and says where to look', async () => {
    const routes = { [route]: { status: 202, body: summary() } };
    const { code, out, bodies } = await revoking(routes, 'pre.1', '--reason', 'another build');
    expect(code).toBe(0);
    expect(bodies).toEqual([{ reason: 'another build' }]);
    expect(out).toContain(`pre.1 of ${id} is revoked: backstay criteria ${id}`);
  });

  it('needs a reason', async () => {
    expect((await revoking({}, 'pre.1')).code).toBe(2);
  });

  it('reports why it is refused', async () => {
    const routes = { [route]: problem(409, 'Refused as things stand', { detail: 'StepFailed is not evidence' }) };
    const { code, err } = await revoking(routes, 'pre.1', '--reason', 'another build');
    expect(code).toBe(6);
    expect(err).toContain('StepFailed is not evidence');
  });
});
