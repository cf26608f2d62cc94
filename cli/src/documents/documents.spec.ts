import { describe, expect, it } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoDocument } from '../../../deploy/demo/documents.mjs';
import { problem, withPlatform } from '../testing/platform-double.test-support.ts';
import { backstay, inFolder } from '../testing/world.test-support.ts';

const document = demoDocument({ version: '1.1.0', previousVersion: '1.0.0', repository: 'file:///srv/git/notes-api' });

const withFiles = (files: Record<string, string | Uint8Array>, argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  inFolder(async (directory) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    return backstay(argv, { directory, env });
  });

describe('backstay lint', () => {
  it('prints a problem as a compiler does: place, code, line, caret', async () => {
    const { code, out } = await withFiles({ 'a.md': document.replace('Version: 1.1.0', 'Version: [which]') }, [
      'lint',
      'a.md',
    ]);
    expect(code).toBe(5);
    expect(out).toMatch(/^a\.md:8:12: error\[placeholder\]: .*\n {2}8 \| - Version: \[which\]\n {4}\| {12}\^$/m);
    expect(out).toMatch(/a\.md: 1 error.*\n$/);
  });

  it('returns problems in line order as JSON', async () => {
    const { code, out } = await withFiles({ 'a.md': '# Deployment: x\n' }, ['lint', 'a.md', '--json']);
    const { ok, problems } = JSON.parse(out) as { ok: boolean; problems: { line: number; severity: string }[] };
    expect([code, ok]).toEqual([5, false]);
    expect(problems.map(({ line }) => line)).toEqual(problems.map(({ line }) => line).sort((a, b) => a - b));
  });

  it('is content with a document that only warns', async () => {
    const { code, out } = await withFiles({ 'a.md': document }, ['lint', 'a.md', '--json']);
    expect([code, (JSON.parse(out) as { ok: boolean }).ok]).toEqual([0, true]);
  });

  it('needs a file that can be read', async () => {
    const { code, err } = await withFiles({}, ['lint', 'a.md']);
    expect([code, err]).toEqual([2, 'backstay: a.md does not exist\n']);
    expect(await withFiles({}, ['lint', '.'])).toMatchObject({
      code: 2,
      err: 'backstay: . cannot be read: it is a folder\n',
    });
  });
});

describe('a file that is not UTF-8', () => {
  const latin = (text: string) => Buffer.from(`# caf\xE9\n${text}`, 'latin1');
  const place = (file: string) => ({ file, line: 1, column: 6, code: 'encoding', severity: 'error' });

  it.each([
    ['lint', ['lint', 'a.md'], 'a.md'],
    ['plan', ['plan', 'a.md'], 'a.md'],
    ['deploy', ['deploy', 'a.md'], 'a.md'],
    ['publish', ['publish', 'a.md'], 'a.md'],
    ['a plan in JSON', ['lint', 'plan.json'], 'plan.json'],
    ['bindings', ['plan', 'b.md', '--bindings', 'b.yaml'], 'b.yaml'],
    ['a profile', ['plan', 'b.md', '--environments', 'e.yaml'], 'e.yaml'],
  ])('is refused with the place of the byte: %s', async (_name, argv, file) => {
    const files = {
      'a.md': latin(document),
      'plan.json': latin('{}'),
      'b.md': `\uFEFF${document}`,
      'b.yaml': latin('build: a'),
      'e.yaml': latin('environments: {}'),
    };
    const { code, err } = await withFiles(files, argv);
    expect([code, err]).toEqual([5, expect.stringContaining(`${file} is not UTF-8: byte 6, in line 1, column 6`)]);
    expect(err).toContain(`${file}:1:6: error[encoding]: byte 6 is not UTF-8; save the file in UTF-8`);
    const { out } = await withFiles(files, [...argv, '--json']);
    expect(JSON.parse(out)).toMatchObject({ errors: [place(file)] });
  });
});

describe('backstay plan', () => {
  const bindings = 'build: node build.mjs\nstart: node server.mjs\nready: GET /health\n';

  it('returns digest, plan and blockers without a platform', async () => {
    const { code, out } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '--json']);
    const { digest, plan, blockers } = JSON.parse(out) as {
      digest: string;
      plan: { service: string; steps: { id: string }[] };
      blockers: { code: string }[];
    };
    expect(code).toBe(0);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect([plan.service, plan.steps[0]?.id]).toEqual(['notes-api', 'pre.1']);
    expect(blockers.length).toBeGreaterThan(0);
  });

  it('reads the bindings beside the document', async () => {
    const blockers = async (files: Record<string, string>) => {
      const { out } = await withFiles(files, ['plan', 'a.md', '--json']);
      return (JSON.parse(out) as { blockers: { message: string }[] }).blockers.map(({ message }) => message).join('\n');
    };
    expect(await blockers({ 'a.md': document })).toMatch(/build/);
    expect(await blockers({ 'a.md': document, '.backstay.yaml': bindings })).not.toMatch(/`build/);
  });

  it('reports problems of bindings and profile with their file', async () => {
    const files = { 'a.md': document, '.backstay.yaml': 'builds: x\n', 'env.yaml': 'environments: []\n' };
    const { code, out } = await withFiles(files, ['plan', 'a.md'], { BACKSTAY_ENVIRONMENTS: 'env.yaml' });
    expect(code).toBe(5);
    expect(out).toMatch(/^\.backstay\.yaml:1:\d+: error\[unknown-key\]/m);
    expect(out).toMatch(/^ {2}1 \| builds: x$/m);
    expect(out).toMatch(/^env\.yaml:1:\d+: error/m);
  });

  it('needs files that were named', async () => {
    const { code, err } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '--bindings', 'none.yaml']);
    expect([code, err]).toEqual([2, 'backstay: none.yaml does not exist\n']);
  });

  it('shows what changes, what is watched and what blocks it', async () => {
    const { out } = await withFiles({ 'a.md': document }, ['plan', 'a.md']);
    expect(out).toMatch(/^notes-api 1\.1\.0 {2}production$/m);
    expect(out).toMatch(/^~ deploy\.6 .*Restart services/m);
    expect(out).toMatch(/^roll back when: Smoke tests fail; Error rate exceeds 5%/m);
    expect(out).toMatch(/^blocked\[/m);
  });

  it('asks the platform when one is named', async () => {
    const body = { digest: 'sha256:ab', blockers: [], plan: { from: 'the platform' } };
    await withPlatform({ 'POST /v1/plans': { body } }, async ({ url, asked }) => {
      const { code, out } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '-e', 'production', '--json'], {
        BACKSTAY_URL: url,
      });
      expect([code, JSON.parse(out)]).toEqual([0, body]);
      expect(asked[0]?.body).toEqual({ document, environment: 'production' });
    });
  });

  it.each([
    ['those beside the document, should the repository not be read', [], '.backstay.yaml', false],
    ['those that were named, instead of its own', ['--bindings', 'mine.yaml'], 'mine.yaml', true],
  ])('sends bindings to the platform: %s', async (_, options, file, instead) => {
    const body = { digest: 'sha256:ab', blockers: [], plan: {} };
    await withPlatform({ 'POST /v1/plans': { body } }, async ({ url, asked }) => {
      const files = { 'a.md': document, '.backstay.yaml': bindings, 'mine.yaml': bindings };
      await withFiles(files, ['plan', 'a.md', ...options, '--json'], { BACKSTAY_URL: url });
      expect(asked[0]?.body).toEqual({ document, bindings: { file, text: bindings, instead } });
    });
  });

  it('shows the source of what a platform refuses, in the file in which it stands', async () => {
    const errors = [
      { detail: 'no such key', file: 'mine.yaml', line: 1, column: 1, code: 'unknown-key', severity: 'error' },
      { detail: 'is not filled in', line: 8, column: 12, code: 'placeholder', severity: 'error' },
    ];
    const refusal = problem(422, 'The document has problems', { type: '/docs#invalid-document', errors });
    await withPlatform({ 'POST /v1/plans': refusal, 'POST /v1/deployments': refusal }, async ({ url }) => {
      const files = { 'a.md': document, 'mine.yaml': 'builds: x\n' };
      const { code, err } = await withFiles(files, ['plan', 'a.md', '--bindings', 'mine.yaml', '--url', url]);
      expect(code).toBe(5);
      expect(err).toMatch(/^mine\.yaml:1:1: error.*\n {2}1 \| builds: x$/m);
      expect(err).toMatch(/^a\.md:8:12: error.*\n {2}8 \| /m);
      expect((await withFiles(files, ['deploy', 'a.md', '--url', url])).err).toMatch(
        /^a\.md:8:12: error.*\n {2}8 \| /m,
      );
    });
  });

  it('reports what is wrong with a request on the request, without a line, and with what was meant', async () => {
    const { code, out } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '-e', 'productoin']);
    expect(code).toBe(2);
    expect(out).toMatch(
      /^the request: error\[environment-mismatch\]: .* did you mean “production”\?\n\nthe request: 1 error\n$/,
    );
  });

  it('names the file that has the errors in its last line', async () => {
    const files = { 'a.md': document, '.backstay.yaml': 'builds: x\n' };
    expect((await withFiles(files, ['plan', 'a.md'])).out).toMatch(/\n\.backstay\.yaml: 1 error\n$/);
  });

  it('exits with 6 for what blocks it only where that is asked for', async () => {
    const codeOf = async (...options: string[]) =>
      (await withFiles({ 'a.md': document }, ['plan', 'a.md', ...options])).code;
    expect([await codeOf(), await codeOf('--strict'), await codeOf('--strict', '--json')]).toEqual([0, 6, 6]);
  });

  it('shows what it waits for, and the lines that are judged at the end', async () => {
    const blocked = document.replace(
      '**Blocked By:**\n- none',
      '**Blocked By:**\n- deployment of ledger 2.0.0 to production',
    );
    expect(blocked).not.toBe(document);
    const bound = `${bindings}documentation: { CHANGELOG: CHANGELOG.md }\n`;
    const { out } = await withFiles({ 'a.md': blocked, '.backstay.yaml': bound }, ['plan', 'a.md']);
    expect(out).toMatch(
      /^Blocked By\n {2}deployment of ledger .* until ledger 2\.0\.0 runs in production \(line \d+\)$/m,
    );
    expect(out).toMatch(/^Documentation\n {2}\S/m);
    expect(out).toMatch(/^Acceptance Criteria\n(?: {2}.*\(line \d+\)\n)+/m);
  });

  it('says what no file shows, and what only the preflight can find out', async () => {
    const { out } = await withFiles({ 'a.md': document }, ['plan', 'a.md']);
    expect(out).toMatch(/^not known\[no-platform\]: no platform was asked: .*Blocked By and windows/m);
    expect(out).toMatch(/^Only the preflight can find out:\n {2}execution: /m);
    const { out: json } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '--json']);
    expect(JSON.parse(json)).toMatchObject({ unknown: [{ code: 'no-platform' }], preflight: expect.any(Array) });
  });
});

describe('a plan that the platform made', () => {
  const standing = {
    commit: { sha: 'abc123', authors: [], time: '' },
    blockers: [
      { code: 'environment-held', effect: 'held', message: 'deployment d7 holds notes-api in production' },
      { code: 'unknown-running', effect: 'rejected', overridable: true, message: 'nobody knows what runs' },
      { code: 'missing-binding', effect: 'rejected', message: 'add `start`', line: 20 },
    ],
    overridden: [{ code: 'disk', message: 'is full', reason: 'cleaned up' }],
    unknown: [{ code: 'repository-not-read', message: 'it was not read' }],
    preflight: [{ phase: 'execution', message: 'disk and tools' }],
  };
  const shown = async (changes: object = {}) => {
    const { out: local } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '--json']);
    const body = { ...(JSON.parse(local) as object), ...standing, ...changes };
    return withPlatform({ 'POST /v1/plans': { body } }, async ({ url }) => {
      return (await withFiles({ 'a.md': document }, ['plan', 'a.md'], { BACKSTAY_URL: url })).out;
    });
  };

  it('reports the exact commit and what blocks it now: what it would wait for, and what would reject it', async () => {
    const out = await shown();
    expect(out).toMatch(/^the exact commit is abc123$/m);
    expect(out).toMatch(/^waits\[environment-held\]: deployment d7 holds notes-api in production$/m);
    expect(out).toMatch(/^blocked\[unknown-running\]: .*; the profile allows --override unknown-running="REASON"$/m);
    expect(out).toMatch(/^blocked\[missing-binding\]: add `start` \(line 20\)$/m);
    expect(out).toMatch(/^overridden\[disk\]: is full: cleaned up$/m);
    expect(out).toMatch(/^not known\[repository-not-read\]: it was not read$/m);
    expect(out).toMatch(/^Only the preflight can find out:\n {2}execution: disk and tools$/m);
  });

  it.each([
    [{ from: 'repository', file: '.backstay.yaml' }, 'bindings: .backstay.yaml of the repository at that commit'],
    [{ from: 'request', file: 'x.yaml' }, 'bindings: x.yaml beside the document, because the repository was not read'],
    [null, 'bindings: none, because the repository has none at that commit'],
  ])('reports which bindings were used: %j', async (bindings, line) => {
    expect((await shown({ bindings })).split('\n')).toContain(line);
  });

  it('names bindings beside the document that are not committed', async () => {
    const { out: local } = await withFiles({ 'a.md': document }, ['plan', 'a.md', '--json']);
    const body = { ...(JSON.parse(local) as object), ...standing, bindings: null };
    const files = { 'a.md': document, '.backstay.yaml': 'start: node server.mjs\n' };
    const out = await withPlatform({ 'POST /v1/plans': { body } }, async ({ url }) => {
      return (await withFiles(files, ['plan', 'a.md'], { BACKSTAY_URL: url })).out;
    });
    expect(out).toContain(
      'bindings: none, because the repository has none at that commit; .backstay.yaml beside the document is not committed: commit it, or name it with `--bindings .backstay.yaml`',
    );
  });

  it('says so where nothing does', async () => {
    expect(await shown({ blockers: [], unknown: [] })).toMatch(/^✔ nothing that is recorded blocks it now$/m);
    expect(await shown({ blockers: [] })).toMatch(/^✔ nothing that was looked at blocks it now$/m);
  });
});

describe('a plan in JSON wherever a document is', () => {
  const printed = async (): Promise<{ digest: string; plan: Record<string, unknown> }> =>
    JSON.parse((await withFiles({ 'a.md': document }, ['plan', 'a.md', '--json'])).out);
  const bad = async (): Promise<string> => JSON.stringify({ ...(await printed()).plan, colour: 'blue' }, null, 2);

  it.each([
    ['the whole reply', 'a.json', (reply: object) => reply],
    ['its plan', 'a.json', ({ plan }: { plan?: object }) => plan],
    ['its plan under another name', 'a.md', ({ plan }: { plan?: object }) => plan],
  ])('is planned from %s, with the same digest, and linted', async (_what, file, part) => {
    const reply = await printed();
    const files = { [file]: JSON.stringify(part(reply), null, 2) };
    const again = await withFiles(files, ['plan', file, '--json']);
    expect([again.code, JSON.parse(again.out)]).toMatchObject([0, { digest: reply.digest }]);
    expect(await withFiles(files, ['lint', file])).toMatchObject({ code: 0 });
  });

  it.each([['lint'], ['plan'], ['deploy'], ['rehearse'], ['publish']])(
    'that is bad is reported by %s with its place',
    async (command) => {
      const text = await bad();
      const line = text.split('\n').findIndex((each) => each.includes('"colour"')) + 1;
      const { code, out, err } = await withFiles({ 'a.json': text }, [command, 'a.json']);
      expect(code).toBe(5);
      expect(out + err).toContain(`a.json:${line}:13: error[bad-plan]: /colour: a plan has nothing of this name`);
    },
  );

  it('that is no JSON is reported where it breaks off', async () => {
    const { code, out } = await withFiles({ 'a.json': '{ "grammar": 1' }, ['lint', 'a.json']);
    expect([code, out]).toEqual([5, expect.stringMatching(/^a\.json:1:15: error\[bad-plan\]: this is not JSON/)]);
  });
});
