import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { git } from './git.mjs';
import { createRepository, type DemoRepository } from './repository.mjs';
import { nodeModules, temporaryFolders } from './testing/temporary.ts';

const versions = ['1.0.0', '1.1.0', '1.2.0'];

describe("the service's repository", () => {
  const folders = temporaryFolders();
  let repository: DemoRepository;
  beforeAll(async () => {
    repository = await createRepository({ path: await folders.make(), vendorFrom: nodeModules, port: 18080 });
  });
  afterAll(() => folders.removeAll());

  const show = (version: string, file: string) => git(repository.path, ['show', `v${version}:${file}`]);

  it('has an annotated tag for each release, and nothing uncommitted', async () => {
    const tags = await git(repository.path, [
      'for-each-ref',
      '--format=%(objecttype) %(refname:short) %(*objectname)',
      'refs/tags',
    ]);
    const expected = versions.map((version) => `tag v${version} ${repository.releases[version]!.commit}`);
    expect(tags.split('\n')).toEqual(expected);
    expect(await git(repository.path, ['status', '--porcelain'])).toBe('');
  });

  it('is written by the demo alone, on the days of the releases', async () => {
    const log = await git(repository.path, ['log', '--format=%an <%ae> %aI']);
    expect(log.split('\n')).toEqual([
      'Backstay demo <demo@localhost> 2025-01-21T09:00:00+00:00',
      'Backstay demo <demo@localhost> 2025-01-14T09:00:00+00:00',
      'Backstay demo <demo@localhost> 2025-01-07T09:00:00+00:00',
    ]);
  });

  it.each(versions)('%s says its version', async (version) => {
    expect(JSON.parse(await show(version, 'package.json')).version).toBe(version);
  });

  it.each(versions)("%s touches every file of the bindings' documentation", async (version) => {
    const { documentation } = parse(await show(version, '.backstay.yaml'));
    const touched = await git(repository.path, [
      'show',
      '--format=',
      '--name-only',
      '--root',
      repository.releases[version]!.commit,
    ]);
    expect(touched.split('\n')).toEqual(expect.arrayContaining(Object.values(documentation)));
  });

  it.each(versions)('%s carries the reports of its own tests and scan, with their digests', async (version) => {
    const { commit, evidence } = repository.releases[version]!;
    for (const { path, sha256, commit: of } of evidence) {
      expect(of).toBe(commit);
      const bytes = `${await show(version, path)}\n`;
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
    const junit = await show(version, 'reports/junit.xml');
    expect(junit.match(/<testcase /g)!.length).toBeGreaterThan(10);
    expect(junit).not.toContain('<failure');
    expect(JSON.parse(await show(version, 'reports/scan.sarif')).runs[0].results).toEqual([]);
  });

  it('holds all that the service needs to run', async () => {
    const files = await git(repository.path, ['ls-tree', '-r', '--name-only', 'v1.0.0', 'vendor']);
    for (const name of ['pg', 'pg-pool', 'ioredis', '@ioredis/commands', 'prom-client', 'tdigest']) {
      expect(files).toContain(`vendor/node_modules/${name}/package.json`);
    }
  });

  it('has the fault in 1.2.0 alone, unless it is taken out', async () => {
    const right = await createRepository({
      path: await folders.make(),
      vendorFrom: nodeModules,
      port: 18080,
      faulty: false,
    });
    const differing = await git(right.path, ['diff', '--stat=200', 'v1.1.0', 'v1.2.0', '--', 'src']);
    expect(differing).toContain('src/recent-reads.mjs');
    expect(await show('1.2.0', 'src/recent-reads.mjs')).toContain('length: SLOTS - 1');
    expect(await git(right.path, ['show', 'v1.2.0:src/recent-reads.mjs'])).toContain('length: SLOTS }');
  });

  it('is not written over something else', async () => {
    const path = await folders.make();
    await writeFile(join(path, 'mine.txt'), 'keep me');
    await expect(createRepository({ path, vendorFrom: nodeModules, port: 18080 })).rejects.toThrow('is not empty');
    expect(await readFile(join(path, 'mine.txt'), 'utf8')).toBe('keep me');
  });

  it('says which package is missing', async () => {
    const creation = createRepository({ path: await folders.make(), vendorFrom: await folders.make(), port: 18080 });
    await expect(creation).rejects.toThrow(/the package \S+ is not installed in/);
  });
});
