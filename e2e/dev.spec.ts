import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepFolder } from '@backstay/hosts/testing';
import { freePort, scratchDir } from '@backstay/local-platform';
import { ApiClient } from './support/api-client.ts';
import { eventually } from './support/eventually.ts';

const launcher = fileURLToPath(new URL('../cli/bin/backstay.mjs', import.meta.url));
const services = ['cancelled', 'poisoned', 'taken-back', 'neighbour'] as const;
type Service = (typeof services)[number];

interface Steps {
  readonly pre?: readonly string[];
  readonly deploy: readonly string[];
  readonly rollback?: string;
}

/** `backstay dev` as its users have it, asked by further processes of the same command. */
describe('the platform of backstay dev', () => {
  let directory: string;
  let dev: ChildProcess;
  let api: ApiClient;
  const at = (name: string) => join(directory, name);
  const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '');
  const environment = () => ({
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    BACKSTAY_DATA_DIR: at('data'),
    BACKSTAY_URL: api.url,
  });

  beforeAll(async () => {
    directory = await scratchDir('dev');
    mkdirSync(at('data'));
    const entry = (service: Service) =>
      `      ${service}: { deployer: release, hosts: [local], root: ${at(service)}, baseUrl: "http://127.0.0.1:9" }`;
    const profile = ['environments:', '  development:', '    services:', ...services.map(entry), ''];
    writeFileSync(at('data/environments.yaml'), profile.join('\n'));
    commitRepository(at('repository'));
    const port = await freePort();
    api = new ApiClient(`http://127.0.0.1:${port}`);
    const log = openSync(at('dev.log'), 'a');
    dev = spawn(process.execPath, [launcher, 'dev', '--port', String(port)], {
      env: environment(),
      stdio: ['ignore', log, log],
    });
    await eventually(
      () => api.isReady(),
      () => `the platform is ready, which said ${read('dev.log')}`,
    );
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => dev.once('exit', resolve));
    if (dev.exitCode === null && dev.kill('SIGINT')) await gone;
    rmSync(directory, { recursive: true, force: true });
  });

  /** Another process of the command; its output. */
  function backstay(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, [launcher, ...args], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${code}: ${text}`))));
    });
  }

  async function deploy(service: Service, steps: Steps): Promise<string> {
    writeFileSync(at(`${service}.md`), documentOf(service, at('repository'), steps));
    const accepted = await backstay('deploy', at(`${service}.md`), '-e', 'development');
    return /accepted as (\S+):/.exec(accepted)?.[1] ?? '';
  }

  const cancel = (id: string) => backstay('cancel', id, '--reason', 'not today');
  /** A command that writes its process id and does not end by itself. */
  const endless = (name: string) => `\`node work.mjs ${at(name)}\``;
  const begun = async (name: string, id: string) => {
    await eventually(() => read(name), `${name} has begun`).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await api.scenario(id)}`);
    });
    return Number(read(name));
  };
  const ended = (pid: number) => eventually(() => !isRunning(pid), `process ${pid} has ended`);

  it('lets nobody into NATS without a key, and records a request under the key that brought it', async () => {
    const [, listens] = /listen: "(.+)"/.exec(read('data/nats/nats.conf')) ?? [];
    const file = at('request.md');
    writeFileSync(file, '# Nothing');
    const publish = ['publish', file, '--nats', `nats://${listens}`, '-e', 'development', '--requested-by', 'root'];
    await expect(backstay(...publish, '--timeout', '1s')).rejects.toThrow('Authorization Violation');
    const key = at('data/nats/keys/publishers/local.nk');
    const published = await backstay(...publish, '--creds', key, '--wait', '0s');
    const [id = ''] = /[\da-f]{8}-[\da-f-]{27}/.exec(published) ?? [];
    // A publisher that waits hears the problems, through the accounts of NATS.
    const waiting = backstay(...publish, '--creds', key, '--wait', '60s');
    await expect(waiting).rejects.toThrow(/the request for deployment [\da-f-]+ was rejected/);
    await api.until(id, ['rejected']);
    const [requested] = await api.audit(id);
    expect(requested).toMatchObject({ type: 'DeploymentRequested', actor: { kind: 'system', name: 'local' } });
    expect(requested?.actor).not.toHaveProperty('claimed');
  });

  it('ends by the word of another process what a deployment runs, before a change and after one', async () => {
    const looking = await deploy('cancelled', {
      pre: [`Look around\n   - Run: ${endless('looking')}\n   - Mutates: no`],
      deploy: ['Work\n   - Run: `true`'],
    });
    const pid = await begun('looking', looking);
    expect(await cancel(looking)).toContain('accepted');
    expect(await api.end(looking)).toMatchObject({ status: 'cancelled' });
    await ended(pid);
    const working = await deploy('cancelled', { deploy: [`Work\n   - Run: ${endless('working')}`] });
    const other = await begun('working', working);
    expect(await cancel(working)).toContain('accepted');
    expect((await api.end(working)).status).toMatch(/^rolled-back/);
    await ended(other);
  });

  it('holds what it cannot perform, and names it, takes neighbours and rollbacks along, and cancels it', async () => {
    const waiting = 'Wait a moment\n   - Wait: 3s';
    const [poisoned, takenBack] = await Promise.all([
      deploy('poisoned', {
        pre: [waiting, 'Look\n   - Run: `true`\n   - Mutates: no'],
        deploy: ['Work\n   - Run: `true`'],
      }),
      deploy('taken-back', { deploy: [`Work\n   - Run: ${endless('work')}`], rollback: 'true' }),
    ]);
    const obstacles = [`${poisoned}/pre.2`, `${takenBack}/rollback.1`].map((key) =>
      stepFolder({ directory: at('data'), key }),
    );
    mkdirSync(at('data/commands'), { recursive: true });
    for (const path of obstacles) writeFileSync(path, 'in the way');
    await begun('work', takenBack);
    await cancel(takenBack);
    const { held } = await api.until(poisoned, ['held']);
    expect(held).toMatchObject({
      code: 'platform-fault',
      why: expect.stringContaining('perform-step 5 times (ENOTDIR)'),
    });
    const neighbour = await deploy('neighbour', { deploy: ['Work\n   - Run: `true`'] });
    await api.until(neighbour, ['succeeded']);
    await eventually(() => faultsOf(takenBack) >= 5, 'the rollback was tried as often');
    expect(await api.status(takenBack)).toMatchObject({ status: 'rolling-back' });
    expect(await api.types(takenBack)).not.toContain('DeploymentHeld');
    await cancel(poisoned);
    expect(await api.end(poisoned)).toMatchObject({ status: 'cancelled' });
    for (const path of obstacles) rmSync(path);
    expect((await api.end(takenBack)).status).toMatch(/^rolled-back/);
    expect(dev.exitCode).toBeNull();
  });

  /** In a row, as the log of the platform has it. */
  function faultsOf(id: string): number {
    const lines = read('data/platform.log').split('\n');
    const line = lines.findLast((each) => each.includes(`"deployment-${id}"`) && each.includes('"faults":'));
    return Number(/"faults":(\d+)/.exec(line ?? '')?.[1] ?? 0);
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function commitRepository(directory: string): void {
  mkdirSync(directory);
  writeFileSync(
    join(directory, 'work.mjs'),
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], String(process.pid));\nsetInterval(() => {}, 1_000);\n`,
  );
  writeFileSync(join(directory, '.backstay.yaml'), 'build: "true"\n');
  const identity = ['-c', 'user.name=Journey', '-c', 'user.email=journey@localhost', '-c', 'commit.gpgsign=false'];
  const git = (...args: string[]) => execFileSync('git', [...identity, ...args], { cwd: directory, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  git('tag', 'v1.0.0');
}

const numbered = (steps: readonly string[]) => steps.map((step, index) => `${index + 1}. ${step}`).join('\n');

function documentOf(service: Service, repository: string, { pre = [], deploy, rollback = 'true' }: Steps): string {
  return `# Deployment: ${service} 1.0.0

## Deployment Scope

**Application/Service:**
- Name: ${service}
- Version: 1.0.0
- Repository: file://${repository}
- Branch/Tag: v1.0.0

**Target Environment:**
- Environment: development
- Cloud Provider: on-premise

## Deployment Procedure
${pre.length === 0 ? '' : `\n### Pre-Deployment Steps\n${numbered(pre)}\n`}
### Deployment Steps
${numbered(deploy)}

## Rollback Procedure

### Rollback Triggers
- Manual trigger required

### Rollback Steps
1. Undo it
   - Run: \`${rollback}\`
`;
}
