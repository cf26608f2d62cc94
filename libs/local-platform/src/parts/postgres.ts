import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { postgresRecipe } from '../find/recipe.ts';
import { search, sources } from '../find/search.ts';
import type { Program, ProgramRequest } from '../find/source.ts';
import { versionIn } from '../find/version.ts';
import { requestFor } from '../find/program-request.ts';
import type { Part, ProvisionOptions } from '../part.ts';
import { unprivilegedAccount } from '../run/account.ts';
import { inContainer } from '../run/container.ts';
import { reachableHome } from '../run/directories.ts';
import { startServer, type Run } from '../run/server.ts';
import {
  createCluster,
  dataVersion,
  forgetStolenNumber,
  passwordOf,
  superuser,
  withoutPg,
  type Cluster,
} from './cluster.ts';
import { useConfigured } from './configured.ts';

const database = 'backstay';
const noSuchDatabase = '3D000';

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs one statement in the database that the URL names; the rows it returns. */
export async function runSql<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query<Row>(statement)).rows);
}

/** Creates a role where it is missing and gives it a new password and a look at others' activity; the URL with which it logs in. */
export async function loginOf(url: string, role: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const missing = `select 'create role ${role}' as create where not exists (select from pg_roles where rolname = '${role}')`;
  for (const row of await runSql<{ create: string }>(url, missing)) await runSql(url, row.create);
  await runSql(url, `alter role ${role} login password '${password}'; grant pg_read_all_stats to ${role}`);
  const own = new URL(url);
  Object.assign(own, { username: role, password });
  return own.toString();
}

/** The URL of another database on the same server. */
export function urlOfDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.toString();
}

async function ready(url: string): Promise<string> {
  const [row] = await runSql<{ server_version: string }>(url, 'show server_version');
  return versionIn(row?.server_version ?? '') ?? 'unknown';
}

/** As `ready`, and creates the platform's database at the first start. */
async function readyWithDatabase(url: string): Promise<string> {
  try {
    return await ready(url);
  } catch (error) {
    if ((error as pg.DatabaseError).code !== noSuchDatabase) throw error;
    await runSql(urlOfDatabase(url, 'postgres'), `create database ${database}`);
    return ready(url);
  }
}

const settings = (fast: boolean): string[] => {
  const lax = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB'];
  return ['max_connections=200', ...(fast ? lax : [])].flatMap((setting) => ['-c', setting]);
};

interface Preparation {
  request: ProgramRequest;
  program: Program;
  cluster: Cluster;
  fast: boolean;
}

async function prepare({ request, program, cluster, fast }: Preparation, port: number): Promise<Run> {
  const env = withoutPg(request.machine.env);
  if (program.kind === 'image') {
    const environment = {
      POSTGRES_USER: superuser,
      POSTGRES_DB: database,
      POSTGRES_PASSWORD: await passwordOf(cluster),
    };
    const data: [string, string] = [cluster.data, '/var/lib/postgresql/data'];
    const args = ['postgres', ...settings(fast)];
    return inContainer(
      { image: program.origin, directory: cluster.home, ports: [port, 5432], data, environment, args },
      env,
    );
  }
  await createCluster(request.machine, program, cluster, fast);
  await forgetStolenNumber(cluster);
  const place = [
    '-D',
    cluster.data,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
  ];
  const args = [...place, ...settings(fast)];
  return { command: program.origin, args, env: { ...env, ...program.environment }, account: cluster.account };
}

async function locate({ dataDir, say }: ProvisionOptions): Promise<Cluster> {
  const directory = join(dataDir, 'postgres');
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const account = await unprivilegedAccount();
  const home = account ? await reachableHome(directory, say) : directory;
  return { home, data: join(home, 'data'), passwordFile: join(directory, 'password'), account };
}

/**
 * PostgreSQL with the platform's database `backstay`. The URL carries the generated password of its superuser.
 * @throws PartMissing, PartFailed, PartInUse
 */
export async function startPostgres(options: ProvisionOptions, among = sources): Promise<Part> {
  const { dataDir, say, env = process.env, signal, fast = false, ephemeral } = options;
  const configured = env[postgresRecipe.variable];
  if (configured) return useConfigured(postgresRecipe, configured, ready, signal);
  const native = await locate(options);
  const request = { ...(await requestFor(postgresRecipe, options)), major: await dataVersion(native) };
  const program = await search(request, say, among);
  const cluster = program.kind === 'image' ? { ...native, data: join(native.home, 'container-data') } : native;
  const password = await passwordOf(cluster);
  return startServer({
    name: 'postgres',
    title: postgresRecipe.title,
    origin: program.origin,
    directory: cluster.home,
    data: cluster.data,
    url: (port) => `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`,
    stopSignal: 'SIGINT',
    prepare: (port) => prepare({ request, program, cluster, fast }, port),
    ready: readyWithDatabase,
    passing: /pre-existing shared memory block|lock file "postmaster\.pid" already exists/,
    say,
    signal,
    scratch: ephemeral ? dataDir : undefined,
  });
}
