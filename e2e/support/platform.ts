import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, loginOf, type Part } from '@backstay/local-platform';
import { keepKeys, seedFile } from '@backstay/jetstream';
import { testNats, testPostgres } from '@backstay/local-platform/testing';
import { ApiClient } from './api-client.ts';
import { eventually } from './eventually.ts';
import type { Subject } from './subject.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const services = ['planning', 'execution', 'verification', 'monitoring', 'rollback', 'operator-api'] as const;
export type ServiceName = (typeof services)[number] | 'one-process';

/** The publisher of all requests, and the folder of its key and those of the services. */
export const publisher = 'journeys';
const keysIn = (directory: string) => join(directory, 'keys');

export interface ProfileOptions {
  readonly environments?: readonly string[];
  readonly dataLoss?: string;
  readonly extra?: string;
}

/** What one process is started with beside what all are: ways of its own to the servers, above all. */
export type Wiring = (
  name: ServiceName,
  servers: { readonly postgres: string; readonly nats: string },
) => Promise<NodeJS.ProcessEnv>;

/** The platform as its users run it: processes of their own, real PostgreSQL and NATS, everything below one folder. */
export class TestPlatform {
  readonly directory: string;
  readonly postgres: Part;
  readonly nats: Part;
  readonly api: ApiClient;
  readonly #processes = new Map<ServiceName, ChildProcess>();
  /** Those that ended though nobody ended them. */
  readonly lost: ServiceName[] = [];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #variables: Readonly<Partial<Record<ServiceName, NodeJS.ProcessEnv>>>;

  private constructor(
    directory: string,
    postgres: Part,
    nats: Part,
    port: number,
    environment: NodeJS.ProcessEnv,
    variables: Readonly<Partial<Record<ServiceName, NodeJS.ProcessEnv>>>,
  ) {
    this.directory = directory;
    this.postgres = postgres;
    this.nats = nats;
    this.api = new ApiClient(`http://127.0.0.1:${port}`);
    this.#environment = environment;
    this.#variables = variables;
  }

  static async start(
    directory: string,
    names: readonly ServiceName[] = services,
    variables: NodeJS.ProcessEnv = {},
    wiring: Wiring = async () => ({}),
  ): Promise<TestPlatform> {
    const { accounts } = await keepKeys(keysIn(directory), { publishers: [publisher] });
    const [postgres, nats, port] = [await testPostgres(), await testNats(accounts), await freePort()];
    const servicesUrl = await loginOf(postgres.url, 'backstay_services');
    mkdirSync(join(directory, 'data'), { recursive: true });
    writeFileSync(join(directory, 'environments.yaml'), 'environments: {}\n');
    const environment = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      BACKSTAY_POSTGRES_URL: servicesUrl,
      BACKSTAY_POSTGRES_MIGRATION_URL: postgres.url,
      BACKSTAY_NATS_URL: nats.url,
      BACKSTAY_HTTP_PORT: String(port),
      BACKSTAY_DATA_DIR: join(directory, 'data'),
      BACKSTAY_ENVIRONMENTS: join(directory, 'environments.yaml'),
      BACKSTAY_LOG_LEVEL: 'info',
      API_KEY: 'a-key-of-the-journey',
      ...variables,
    };
    const own: Partial<Record<ServiceName, NodeJS.ProcessEnv>> = {};
    for (const name of names) own[name] = await wiring(name, { postgres: servicesUrl, nats: nats.url });
    const platform = new TestPlatform(directory, postgres, nats, port, environment, own);
    for (const name of names) platform.run(name);
    const isThere = (name: ServiceName) =>
      eventually(
        () => platform.isComplete(name),
        () => `${name} is ready, which said ${platform.log(name).slice(-2_000)}`,
      );
    await Promise.all(names.map(isThere));
    return platform;
  }

  /** Writes the profile of the subjects; the services read it anew for each deployment. */
  profile(subjects: readonly Subject[], { environments = ['production'], extra = '' }: ProfileOptions = {}): void {
    const entry = (subject: Subject, environment: string) => `      ${subject.name}:
        deployer: release
        hosts: [local]
        root: ${subject.root}/${environment}
        baseUrl: ${subject.addresses.baseUrl}
        metrics: scrape ${subject.addresses.metrics}
        notify: { team: log, on-call: "${subject.addresses.onCall}" }
        limits: { cores: 2, memory: 512MiB }
        allow: ["127.0.0.1:*"]
${extra}`;
    const text = environments.map(
      (environment) =>
        `  ${environment}:\n    services:\n${subjects.map((subject) => entry(subject, environment)).join('\n')}`,
    );
    writeFileSync(join(this.directory, 'environments.yaml'), `environments:\n${text.join('\n')}\n`);
  }

  run(name: ServiceName): void {
    const script =
      name === 'one-process' ? join(root, 'deploy/one-process.mjs') : join(root, 'services', name, 'dist/main.js');
    const log = openSync(join(this.directory, `${name}.log`), 'a');
    const health = name === 'operator-api' ? {} : { BACKSTAY_HEALTH_PORT: '0' };
    const creds =
      name === 'one-process'
        ? join(keysIn(this.directory), 'services')
        : seedFile(keysIn(this.directory), 'services', name);
    const child = spawn(process.execPath, [script], {
      env: { ...this.#environment, BACKSTAY_NATS_CREDS: creds, ...health, ...this.#variables[name] },
      stdio: ['ignore', log, log],
    });
    this.#processes.set(name, child);
    child.once('exit', () => {
      if (this.#processes.get(name) === child) this.lost.push(name);
    });
  }

  /** Ends one service the hard way, and waits until it is gone. */
  async kill(name: ServiceName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#processes.get(name);
    if (child === undefined) throw new Error(`${name} does not run`);
    this.#processes.delete(name);
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await gone;
    }
  }

  /** Whether a service is ready and lacks none of its servers; it says where it listens once it does. */
  async isComplete(name: ServiceName): Promise<boolean> {
    if (name === 'one-process') return this.api.isReady();
    const found = await this.readiness(name).catch(() => undefined);
    return found?.status === 200 && found.details['nats']?.status === 'up';
  }

  /** What a service says of its readiness: its status, and what it finds of its servers. */
  async readiness(name: ServiceName): Promise<{ status: number; details: Record<string, { status: string }> }> {
    const url = name === 'operator-api' ? this.api.url : /"url":"([^"]+)"/.exec(this.log(name))?.[1];
    const response = await fetch(`${url}/health/ready`);
    const { details } = (await response.json()) as { details: Record<string, { status: string }> };
    return { status: response.status, details };
  }

  /** The seed of the only one who may publish. */
  get publisherKey(): string {
    return seedFile(keysIn(this.directory), 'publishers', publisher);
  }

  log(name: ServiceName): string {
    return readFileSync(join(this.directory, `${name}.log`), 'utf8');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((name) => this.kill(name, 'SIGTERM')));
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
  }
}
