import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@backstay/local-platform';

const sources = fileURLToPath(new URL('../subject/', import.meta.url));

export interface Faults {
  readonly failEvery?: number;
  readonly loginFails?: boolean;
  /** Succeeds without the token that a smoke test expects: no error that a metric counts. */
  readonly loginIsEmpty?: boolean;
  readonly unhealthy?: boolean;
}

/** Where the profile says that it is, and where notices about it go. */
export interface Addresses {
  readonly baseUrl: string;
  readonly metrics: string;
  readonly onCall: string;
}

/** A git repository with the versions of a small service, the place where it is deployed to, and a log outside of Backstay. */
export class Subject {
  readonly name: string;
  readonly repository: string;
  readonly root: string;
  readonly state: string;
  readonly port: number;
  addresses: Addresses;

  private constructor(name: string, directory: string, port: number) {
    this.name = name;
    this.repository = join(directory, 'repository');
    this.root = join(directory, 'srv');
    this.state = join(directory, 'state');
    this.port = port;
    this.addresses = { baseUrl: this.baseUrl, metrics: `${this.baseUrl}/metrics`, onCall: 'log' };
  }

  static async create(name: string, directory: string, versions: readonly string[]): Promise<Subject> {
    const subject = new Subject(name, directory, await freePort());
    for (const folder of [subject.repository, subject.state, subject.root]) mkdirSync(folder, { recursive: true });
    subject.#git('init', '--quiet', '--initial-branch=main');
    for (const version of versions) subject.#release(version);
    return subject;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Makes a version misbehave from now on, also while it runs. */
  breakVersion(version: string, faults: Faults): void {
    const file = join(this.state, 'faults.json');
    const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Faults>) : {};
    writeFileSync(`${file}.new`, JSON.stringify({ ...known, [version]: faults }));
    renameSync(`${file}.new`, file);
  }

  /** What `node note.mjs WHAT` does not end without, as long as the subject keeps it. */
  hold(what: string): void {
    writeFileSync(join(this.state, `hold-${what}`), '');
  }

  letGo(what: string): void {
    rmSync(join(this.state, `hold-${what}`));
  }

  /** Lines that steps wrote themselves: `begin WHAT KEY` and `end WHAT KEY`. */
  record(): readonly string[] {
    const file = join(this.state, 'steps.log');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** One line for each start of the service: version and log level, as it found them. */
  starts(): readonly string[] {
    return readFileSync(join(this.state, 'starts.log'), 'utf8').trim().split('\n');
  }

  async servedVersion(): Promise<string | null> {
    const response = await fetch(`${this.baseUrl}/version`).catch(() => null);
    return response === null ? null : ((await response.json()) as { version: string }).version;
  }

  commitOf(version: string): string {
    return this.#git('rev-parse', `v${version}^{commit}`).trim();
  }

  #release(version: string): void {
    cpSync(sources, this.repository, { recursive: true });
    writeFileSync(
      join(this.repository, 'release.json'),
      JSON.stringify({ version, port: this.port, state: this.state }),
    );
    writeFileSync(join(this.repository, '.backstay.yaml'), bindings);
    appendFileSync(join(this.repository, 'CHANGELOG.md'), `## ${version}\n`);
    mkdirSync(join(this.repository, 'reports'), { recursive: true });
    writeFileSync(
      join(this.repository, 'reports/junit.xml'),
      `<testsuite name="unit" tests="2" failures="0" errors="0"><testcase name="one ${version}"/><testcase name="two"/></testsuite>`,
    );
    this.#git('add', '.');
    this.#git('commit', '--quiet', '-m', `release ${version}`);
    this.#git('tag', `v${version}`);
  }

  #git(...args: string[]): string {
    const identity = ['-c', 'user.name=Journey', '-c', 'user.email=journey@localhost', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: this.repository, encoding: 'utf8' });
  }
}

const bindings = `build: node --check server.mjs
start: node server.mjs
ready: GET /health
version: GET /version $.version
evidence: { tests: junit reports/junit.xml }
`;
