import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const identity = {
  GIT_AUTHOR_NAME: 'An Author',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'A Committer',
  GIT_COMMITTER_EMAIL: 'committer@example.com',
};

/** A content, or a link. */
export type Content = string | Buffer | { readonly to: string };

/** A repository on disk with real git, a place for mirrors of it, and space for checkouts. */
export class TestRepository {
  readonly folder = mkdtempSync(join(tmpdir(), 'backstay-git-'));
  readonly path = join(this.folder, 'repository');
  readonly cacheDir = join(this.folder, 'cache');
  readonly at = { repository: this.path, cacheDir: this.cacheDir };

  constructor() {
    this.git(this.folder, 'init', '-q', '-b', 'main', '--template=', this.path);
  }

  git(folder: string, ...args: string[]): string {
    const env = { PATH: process.env.PATH, HOME: this.folder, ...identity };
    // Otherwise each commit starts a process that looks whether the repository is to be packed.
    return execFileSync('git', ['-C', folder, '-c', 'maintenance.auto=false', ...args], {
      encoding: 'utf8',
      env,
      stdio: 'pipe',
    }).trim();
  }

  run = (...args: string[]): string => this.git(this.path, ...args);

  /** The id of a new commit with these files beside those that were there. */
  commit(files: Readonly<Record<string, Content>>, message = 'change'): string {
    for (const [path, content] of Object.entries(files)) this.#write(join(this.path, path), content);
    this.run('add', '-A');
    const report = this.run('-c', 'core.abbrev=40', 'commit', '--allow-empty', '-m', message);
    return /([0-9a-f]{40})\]/.exec(report)![1]!;
  }

  #write(path: string, content: Content): void {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(path, content);
    else symlinkSync(content.to, path);
  }

  /** Puts a shallow clone of itself in its place. */
  cutHistory(): void {
    const shallow = join(this.folder, 'shallow');
    this.git(this.folder, 'clone', '-q', '--depth', '1', '--no-single-branch', `file://${this.path}`, shallow);
    rmSync(this.path, { recursive: true });
    this.git(this.folder, 'clone', '-q', '--depth', '1', `file://${shallow}`, this.path);
    rmSync(shallow, { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
