import { describe, expect, it } from 'vitest';
import { withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay } from '../testing/world.test-support.ts';

const item = {
  kind: 'workspace',
  id: 'd-1',
  place: 'directory.1',
  deployments: ['d-1'],
  bytes: 1_572_864,
  modifiedAt: '2026-01-01T00:00:00.000Z',
  rule: 'workspace 30d',
};
const kept = [
  { kind: 'backup', because: 'rollback', count: 2 },
  { kind: 'output', because: 'age', count: 9 },
];

const pruning = (routes: Routes, ...argv: readonly string[]) =>
  withPlatform(routes, async ({ url, asked }) => ({
    ...(await backstay(['prune', ...argv, '--url', url])),
    asked: asked.map(({ method, url: path }) => `${method} ${path}`),
  }));

describe('backstay prune', () => {
  const listed = { 'GET /v1/prunable': { body: { items: [item], kept, partial: false } } };

  it('with --dry-run lists what would go, with age, size and rule, and what stays, and asks for no removal', async () => {
    const { code, out, asked } = await pruning(listed, '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/workspace +d-1 .* 1\.5 MiB +workspace 30d/);
    expect(out).toContain('1 would be removed, 1.5 MiB');
    expect(out).toContain('kept: 2 backup (a rollback may need it)');
    expect(out).not.toContain('output');
    expect(asked).toEqual(['GET /v1/prunable']);
  });

  it('removes, and says how each ended', async () => {
    const items = [
      { ...item, outcome: 'removed' },
      { ...item, id: 'd-2', outcome: 'kept', why: 'open' },
    ];
    const { code, out, asked } = await pruning({ 'POST /v1/prune': { body: { items, refused: [] } } });
    expect(code).toBe(0);
    expect(out).toMatch(/d-1 .* removed/);
    expect(out).toMatch(/d-2 .* kept: its deployment is open/);
    expect(out).toContain('2 items: 1 removed (1.5 MiB), 1 kept, because something needs it now.');
    expect(asked).toEqual(['POST /v1/prune']);
  });

  it('fails when something could not be removed', async () => {
    const items = [{ ...item, outcome: 'failed', why: 'EACCES: permission denied' }];
    const { code, out } = await pruning({ 'POST /v1/prune': { body: { items, refused: [] } } });
    expect(code).toBe(1);
    expect(out).toContain('failed: EACCES');
    expect(out).toContain('1 item: 1 not removed, because of an error.');
  });

  it('is denied where another process prunes, and lists what was removed elsewhere', async () => {
    const items = [{ ...item, outcome: 'removed' }];
    const refused = [{ place: 'directory.2', why: 'another process prunes directory.2 now' }];
    const { code, out } = await pruning({ 'POST /v1/prune': { body: { items, refused } } });
    expect(code).toBe(6);
    expect(out).toMatch(/d-1 .* removed/);
    expect(out).toContain('Not everywhere: another process prunes directory.2 now; run it again later.');
  });

  it('reports that there is nothing, and gives everything as one document with --json', async () => {
    const nothing = { 'GET /v1/prunable': { body: { items: [], kept: [], partial: false } } };
    expect((await pruning(nothing, '--dry-run')).out).toContain('There is nothing to remove.');
    const { out } = await pruning(listed, '--dry-run', '--json');
    expect(JSON.parse(out)).toEqual({ dryRun: true, items: [item], kept, partial: false });
  });
});
