import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@backstay/local-platform/testing';

const run = promisify(execFile);

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'backstay', 'prometheus');

async function replies(binary: string): Promise<boolean> {
  return run(binary, ['--version']).then(
    () => true,
    () => false,
  );
}

/** The distribution's package, unpacked beside other caches: nothing is installed. */
async function unpacked(): Promise<string | null> {
  const binary = join(cache, 'usr', 'bin', 'prometheus');
  if (
    await access(binary).then(
      () => true,
      () => false,
    )
  )
    return binary;
  const scratch = await mkdtemp(join(tmpdir(), 'backstay-prometheus-'));
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: scratch, timeout: 60_000 });
    const [archive = ''] = await readdir(scratch);
    await mkdir(cache, { recursive: true });
    await run('dpkg', ['-x', join(scratch, archive), cache]);
    return binary;
  } catch {
    return null;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A Prometheus program of this machine, or null. */
export async function findPrometheus(): Promise<string | null> {
  return (await replies('prometheus')) ? 'prometheus' : unpacked();
}

export interface RunningPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

const configuration = (jobs: Readonly<Record<string, string>>) =>
  JSON.stringify({
    global: { scrape_interval: '250ms', scrape_timeout: '200ms', evaluation_interval: '250ms' },
    rule_files: ['rules.yml'],
    scrape_configs: Object.entries(jobs).map(([job_name, target]) => ({
      job_name,
      static_configs: [{ targets: [target] }],
    })),
  });

const ruleFile = (alerts: Readonly<Record<string, string>>) =>
  JSON.stringify({
    groups: [{ name: 'alerts', rules: Object.entries(alerts).map(([alert, expr]) => ({ alert, expr })) }],
  });

async function ready(url: string, child: ChildProcess): Promise<void> {
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`Prometheus exited with ${child.exitCode}`);
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }, 'Prometheus is ready');
}

/**
 * Scrapes the jobs' targets four times a second, with its data in a directory that is removed when it stops.
 * @param prepare puts data into the directory before it starts
 */
export async function startPrometheus(
  binary: string,
  port: number,
  jobs: Readonly<Record<string, string>>,
  alerts: Readonly<Record<string, string>> = {},
  prepare: (directory: string) => Promise<void> = async () => undefined,
): Promise<RunningPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'backstay-prometheus-'));
  await writeFile(join(directory, 'prometheus.yml'), configuration(jobs));
  await writeFile(join(directory, 'rules.yml'), ruleFile(alerts));
  await prepare(directory);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    binary,
    [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const stop = async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : null;
    child.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  await ready(url, child).catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });
  return { url, stop };
}
