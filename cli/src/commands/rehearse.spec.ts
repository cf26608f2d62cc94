import { describe, expect, it } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '@backstay/api-contract';
import { id, summary } from '../testing/entries.test-support.ts';
import { withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay, inFolder } from '../testing/world.test-support.ts';

const rehearsal = (changes: Partial<Deployment>): Deployment =>
  summary({ kind: 'rehearsal', environment: 'staging', phase: 'rollback', ...changes });
const times = { measuredMs: 42_000, estimatedMs: 300_000 };

/** What the platform says of a rehearsal that has ended. */
const ending = (ended: Deployment): Routes => ({
  [`GET /v1/deployments/${id}`]: { body: ended },
  [`GET /v1/deployments/${id}/audit-trail`]: { body: { entries: [] } },
  [`GET /v1/deployments/${id}/measurements`]: { body: { metrics: [] } },
  [`GET /v1/deployments/${id}/why`]: { body: null },
});

/** `backstay rehearse` of a document that ends like this. */
const rehearsing = (ended: Deployment, ...more: readonly string[]) =>
  inFolder(async (folder) => {
    const file = join(folder, 'DEPLOYMENT.md');
    await writeFile(file, '# Deployment: notes-api\n');
    const routes: Routes = {
      'POST /v1/deployments': { status: 202, body: { id } },
      ...ending(ended),
    };
    return withPlatform(routes, async ({ url, asked }) => ({
      ...(await backstay(['rehearse', file, '-e', 'staging', '--url', url, ...more])),
      requests: asked.filter(({ method }) => method === 'POST').map(({ body }) => body),
    }));
  });

describe('a rehearsal where nothing is known to run', () => {
  const document = [
    '# Deployment: notes-api',
    '## Deployment Scope',
    '- Name: notes-api',
    '- Version: 1.1.0',
    '- Environment: staging',
    '### Deployment Steps',
    '1. Do it',
    '   - Run: `true`',
    '   - Undo: none',
  ].join('\n');
  const environment = { running: null, holder: null, queue: [], unknown: null };
  const asking = (reply: object) =>
    inFolder(async (folder) => {
      const file = join(folder, 'DEPLOYMENT.md');
      await writeFile(file, document);
      const ended = rehearsal({ status: 'rolled-back-verified', rollback: { trigger: 'rehearsal', ...times } });
      const routes: Routes = {
        'GET /v1/services/notes-api/environments/staging': reply,
        'POST /v1/deployments': { status: 202, body: { id } },
        ...ending(ended),
      };
      return withPlatform(routes, async ({ url, asked }) => ({
        ...(await backstay(['rehearse', file, '--url', url])),
        posts: asked.filter(({ method }) => method === 'POST').length,
      }));
    });

  it.each<[string, object]>([
    ['nothing is known of the service there', { status: 404, body: { title: 'Not found', status: 404 } }],
    ['it was never deployed there', { body: environment }],
  ])('says what is missing and asks for nothing: %s', async (_why, reply) => {
    const { code, err, posts } = await asking(reply);
    expect([code, posts]).toEqual([6, 0]);
    expect(err).toContain(
      'Backstay knows of nothing that runs as notes-api in staging; deploy a version there first, or adopt the one that runs',
    );
  });

  it.each<[string, object]>([
    ['a version runs', { body: { ...environment, running: { version: '1.0.0' } } }],
    ['another deployment is on its way', { body: { ...environment, holder: 'd1' } }],
    ['the platform cannot reply', { status: 503, body: { title: 'Unavailable', status: 503 } }],
  ])('and is asked for where %s', async (_why, reply) => {
    expect(await asking(reply)).toMatchObject({ code: 0, posts: 1 });
  });
});

describe('backstay rehearse', () => {
  it('asks for a rehearsal, waits for its end and reports measured and estimated time', async () => {
    const ended = rehearsal({ status: 'rolled-back-verified', rollback: { trigger: 'rehearsal', ...times } });
    const { code, out, requests } = await rehearsing(ended);
    expect(code).toBe(0);
    expect(requests).toEqual([{ document: '# Deployment: notes-api\n', environment: 'staging', rehearse: true }]);
    expect(out).toContain('the rollback took 42s; the document estimates 5m00s');
    expect(out).not.toContain('too short');
  });

  it('says when the estimate is too short, and when there is none', async () => {
    const ended = (estimatedMs: number | null) =>
      rehearsal({
        status: 'rolled-back-verified',
        rollback: { trigger: 'rehearsal', measuredMs: 42_000, estimatedMs },
      });
    expect((await rehearsing(ended(30_000))).out).toContain('estimates 30s, which is too short');
    expect((await rehearsing(ended(null))).out).toContain('the document gives no estimate');
  });

  it('is not a success when the version itself made the rollback necessary', async () => {
    const ended = rehearsal({ status: 'rolled-back-verified', rollback: { trigger: 'smoke-tests', ...times } });
    expect((await rehearsing(ended)).code).toBe(3);
  });

  it('is not a success when what was restored is not verified', async () => {
    const ended = rehearsal({ status: 'rolled-back-unverified', rollback: { trigger: 'rehearsal', ...times } });
    expect((await rehearsing(ended)).code).toBe(4);
  });

  it('prints only NDJSON with --json', async () => {
    const ended = rehearsal({ status: 'rolled-back-verified', rollback: { trigger: 'rehearsal', ...times } });
    const { out } = await rehearsing(ended, '--json');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
        .at(-1),
    ).toMatchObject({ deployment: ended });
  });
});
