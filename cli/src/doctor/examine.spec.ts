import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Api } from '../api/client.ts';
import { problem, withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
import {
  controlGroupFinding,
  natsCredentialsFinding,
  nodeFinding,
  parkedFinding,
  dataDirectoryFinding,
  partFinding,
  platformFinding,
  programFinding,
  reserveFinding,
  runAsFinding,
} from './examine.ts';
import { findProgram } from './programs.ts';

describe('the doctor', () => {
  it.each([
    ['v20.19.0', true],
    ['v24.1.0', true],
    ['v20.18.9', false],
    ['v18.20.0', false],
  ])('finds Node %s good: %s', (version, ok) => {
    expect(nodeFinding(version).ok).toBe(ok);
  });

  it('says where a process of a step may outlive it, which is no reason not to start', () => {
    expect(controlGroupFinding(true)).toMatchObject({ ok: true, required: false });
    expect(controlGroupFinding(false)).toMatchObject({
      ok: false,
      required: false,
      detail: expect.stringContaining('outlives its step'),
      hint: expect.stringContaining('Delegate=yes'),
    });
  });

  it('says that the reserve for rollbacks is advisory on a copy-on-write file system', () => {
    expect(reserveFinding('/data', true, undefined)).toMatchObject({
      ok: false,
      required: false,
      detail: expect.stringContaining('advisory'),
    });
  });

  it('promises no reserve to a rollback on another machine, and none where none is taken', () => {
    expect(reserveFinding('/data', false, '16MiB')).toMatchObject({
      ok: true,
      required: false,
      detail: '/data; a rollback on a machine that does not share it has none',
    });
    for (const isAdvisory of [false, true])
      expect(reserveFinding('/data', isAdvisory, '0')).toMatchObject({
        ok: true,
        detail: 'none is taken: BACKSTAY_ROLLBACK_RESERVE is 0',
      });
  });

  it('says what of the data directory is open to others', () => {
    const loose = [{ path: '/data/commands', mode: '0755', wanted: '0700' }];
    expect(dataDirectoryFinding('/data', [])).toMatchObject({ ok: true, required: false });
    expect(dataDirectoryFinding('/data', loose)).toMatchObject({
      ok: false,
      detail: 'open to others: /data/commands has 0755 and should have 0700',
    });
  });

  it('says whether steps can run as the user that is the default', () => {
    expect(runAsFinding(undefined, undefined)).toMatchObject({ ok: true, required: false });
    expect(runAsFinding('steps', null)).toMatchObject({ ok: true, detail: 'steps' });
    expect(runAsFinding('steps', undefined)).toMatchObject({ ok: false, detail: 'this machine has no user steps' });
    expect(runAsFinding('steps', 'only root can switch')).toMatchObject({
      ok: false,
      hint: expect.stringContaining('as root'),
    });
  });

  it('says whether others can read or do without what NATS is shown', () => {
    const folder = mkdtempSync(join(tmpdir(), 'backstay-doctor-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'planning.nk');
    const of = (env: NodeJS.ProcessEnv) => natsCredentialsFinding(env);
    expect(of({})).toMatchObject({ ok: true, required: false });
    expect(of({ BACKSTAY_NATS_SEED: 'SU' })).toMatchObject({ ok: true, detail: 'a seed in BACKSTAY_NATS_SEED' });
    expect(of({ BACKSTAY_NATS_AUTH: 'none' })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('in any name'),
    });
    for (const creds of [file, folder]) expect(of({ BACKSTAY_NATS_CREDS: creds })).toMatchObject({ ok: false });
    writeFileSync(file, 'SU', { mode: 0o600 });
    for (const creds of [file, folder]) expect(of({ BACKSTAY_NATS_CREDS: creds })).toMatchObject({ ok: true });
    chmodSync(file, 0o640);
    for (const creds of [file, folder])
      expect(of({ BACKSTAY_NATS_CREDS: creds })).toMatchObject({ ok: false, hint: `chmod 600 ${file}` });
  });

  it('says what to do about a program that is missing', () => {
    expect(programFinding('git', undefined, { needed: 'for releases', hint: 'install git' })).toMatchObject({
      ok: false,
      required: true,
      detail: 'not found; for releases',
      hint: 'install git',
    });
  });

  it('takes a part that can be obtained for one that is here, and Redis for one that may be missing', () => {
    const part = { found: null, version: null };
    expect(partFinding({ ...part, part: 'nats', note: 'would be obtained from Docker' })).toMatchObject({
      ok: true,
      required: true,
    });
    expect(partFinding({ ...part, part: 'redis', note: 'missing: apt install redis' })).toMatchObject({
      ok: false,
      required: false,
      hint: 'apt install redis',
    });
  });

  it('finds programs in PATH and beside it', async () => {
    const node = await findProgram('node', { PATH: '/nowhere' }, [process.execPath.replace(/\/[^/]*$/, '')]);
    expect(node).toEqual({ path: process.execPath, version: process.version.slice(1) });
    expect(await findProgram('no-such-program', process.env)).toBeUndefined();
  });

  it('needs a platform only where one was named', async () => {
    const absent = 'http://127.0.0.1:1';
    expect(await platformFinding(new Api({ url: absent }), absent, false)).toMatchObject({
      ok: false,
      required: false,
    });
    expect(await platformFinding(new Api({ url: absent }), absent, true)).toMatchObject({ ok: false, required: true });
    await withPlatform({ 'GET /health/ready': { body: { status: 'up' } } }, async ({ url }) =>
      expect(await platformFinding(new Api({ url }), url, true)).toMatchObject({ ok: true }),
    );
  });
  describe('of parked messages', () => {
    const found = (routes: Routes) => withPlatform(routes, ({ url }) => parkedFinding(new Api({ url })));
    const message = { subject: 'backstay.deploy-requested', reason: 'the request is not JSON' };

    it('is content when there are none', async () => {
      expect(await found({ 'GET /v1/parked': { body: { messages: [], next: null } } })).toMatchObject({
        ok: true,
        detail: 'none',
      });
    });

    it.each([
      [null, /^2; the newest came on backstay\.deploy-requested: the request is not JSON$/],
      ['more', /^more than 2; /],
    ])('reports how many there are, and why the newest was parked; next page: %s', async (next, detail) => {
      const body = { messages: [message, message], next };
      expect(await found({ 'GET /v1/parked': { body } })).toMatchObject({
        ok: false,
        required: false,
        detail: expect.stringMatching(detail),
        hint: expect.stringContaining('/v1/parked'),
      });
    });

    it('says so when it may not look', async () => {
      const refused = problem(403, 'Not allowed', { type: '/docs#forbidden', detail: 'this needs the role operator' });
      expect(await found({ 'GET /v1/parked': refused })).toMatchObject({
        ok: false,
        required: false,
        detail: expect.stringContaining('not readable'),
        hint: expect.stringContaining('--token'),
      });
    });
  });
});
