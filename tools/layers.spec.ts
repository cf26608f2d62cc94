import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

const packages = [
  'libs/event-sourcing',
  'libs/document',
  'libs/deployment',
  'libs/projections',
  'libs/api-contract',
  'libs/postgres',
  'libs/jetstream',
  'libs/local-platform',
  'libs/guarded-io',
  'libs/evidence',
  'libs/deployers',
  'libs/telemetry',
  'libs/steps',
  'libs/service-kit',
  'services/planning',
  'services/execution',
  'cli',
];

const forbiddenImports = [
  ['libs/event-sourcing', 'zod', 'layer-0-stands-alone'],
  ['libs/event-sourcing', 'node:crypto', 'layer-0-stands-alone'],
  ['libs/event-sourcing', '@backstay/document', 'layer-0-stands-alone'],
  ['libs/deployment', 'node:crypto', 'pure-layers-know-no-machine'],
  ['libs/document', 'node:fs', 'pure-layers-know-no-machine'],
  ['libs/deployment', 'semver', 'layer-1-third-parties'],
  ['libs/projections', 'pg', 'layer-1-third-parties'],
  ['libs/document', 'pg', 'document-third-parties'],
  ['libs/document', '@backstay/deployment', 'document-knows-no-neighbour'],
  ['libs/deployment', '@backstay/projections', 'deployment-knows-no-views'],
  ['libs/projections', '@backstay/postgres', 'pure-layers-look-down'],
  ['libs/projections', '@backstay/api-contract', 'views-know-no-contract'],
  ['libs/api-contract', 'node:crypto', 'pure-layers-know-no-machine'],
  ['libs/api-contract', 'pg', 'layer-1-third-parties'],
  ['libs/api-contract', '@backstay/service-kit', 'pure-layers-look-down'],
  ['libs/postgres', '@backstay/jetstream', 'adapters-know-no-neighbour'],
  ['libs/evidence', '@backstay/guarded-io', 'adapters-know-no-neighbour'],
  ['libs/evidence', '@backstay/steps', 'adapters-know-no-neighbour'],
  ['libs/guarded-io', '@backstay/postgres', 'adapters-know-no-neighbour'],
  ['libs/deployers', '@backstay/telemetry', 'deployers-and-telemetry-use-crafts'],
  ['libs/telemetry', '@backstay/steps', 'deployers-and-telemetry-use-crafts'],
  ['libs/telemetry', '@backstay/postgres', 'deployers-and-telemetry-use-crafts'],
  ['libs/steps', '@backstay/postgres', 'steps-know-no-store'],
  ['libs/steps', '@backstay/service-kit', 'adapters-look-down'],
  ['libs/postgres', '@backstay/service-kit', 'adapters-look-down'],
  ['libs/postgres', 'fast-check', 'tools-of-tests-stay-in-tests'],
  ['libs/service-kit', '@backstay/planning-service', 'service-kit-looks-down'],
  ['libs/service-kit', '@backstay/local-platform', 'local-platform-is-for-development'],
  ['services/planning', '@backstay/execution-service', 'services-know-no-service'],
  ['services/planning', '../../execution/src/index.ts', 'services-know-no-service'],
  ['services/planning', '@backstay/cli', 'services-know-no-command'],
  ['cli', '@backstay/planning-service', 'command-knows-no-service'],
  ['services/planning', './nowhere.ts', 'no-dead-ends'],
] as const;

const allowedImports = [
  ['libs/document', 'zod'],
  ['libs/document', 'semver'],
  ['libs/deployment', '@backstay/event-sourcing'],
  ['libs/deployment', '@backstay/document'],
  ['libs/projections', '@backstay/deployment'],
  ['libs/api-contract', 'zod'],
  ['libs/api-contract', '@backstay/projections'],
  ['cli', '@backstay/api-contract'],
  ['libs/jetstream', '@backstay/api-contract'],
  ['libs/postgres', 'pg'],
  ['libs/postgres', 'node:crypto'],
  ['libs/postgres', '@backstay/deployment'],
  ['libs/evidence', '@backstay/document'],
  ['libs/deployers', '@backstay/guarded-io'],
  ['libs/telemetry', '@backstay/guarded-io'],
  ['libs/steps', '@backstay/evidence'],
  ['libs/steps', '@backstay/deployers'],
  ['libs/steps', '@backstay/telemetry'],
  ['services/planning', '@backstay/service-kit'],
  ['services/planning', '@backstay/postgres'],
  ['services/execution', '@backstay/steps'],
  ['cli', '@backstay/local-platform'],
] as const;

const impureExpressions = [
  ['Date.now()', 'Date.now() does not belong'],
  ['new Date()', 'new Date() does not belong'],
  ['Date()', 'Date() does not belong'],
  ['Math.random()', 'Math.random() does not belong'],
  ['setTimeout(String, 1)', "Unexpected use of 'setTimeout'"],
  ['process.env', "Unexpected use of 'process'"],
] as const;

const namingKinds = [
  "export const is = (action: { kind: string }): boolean => action.kind === 'revert';",
  "export const is = (step: { undo?: { kind: string } }): boolean => 'weights' !== step.undo?.kind;",
  "export const is = ({ action: { kind } }: { action: { kind: string } }): boolean => kind === 'restore';",
  'export const is = (step: { action: { kind: string } }, all: string[]): boolean => all.includes(step.action.kind);',
  "export function is(action: { kind: string }): boolean {\n  const { kind } = action;\n  return kind === 'wait';\n}",
  "export function is(action: { kind: string }): boolean {\n  switch (action.kind) {\n    case 'wait':\n      return true;\n    default:\n      return false;\n  }\n}",
] as const;

const platform = 'platform: { store: { read(stream: string): unknown }; repositoryPorts: { store: unknown } }';
const rawStreams = [
  `export const events = (${platform}): unknown => platform.store.read('deployment-1');`,
  `export const events = (${platform}): unknown => platform['store'].read('deployment-1');`,
  `export const events = (${platform}): unknown => platform.repositoryPorts.store;`,
  `export function events(${platform}): unknown {\n  const { store: other } = platform;\n  return other.read('deployment-1');\n}`,
  `export const events = (platform: { events: { subscribe(): unknown } }): unknown => platform.events.subscribe();`,
  `export const events = ({ pool }: { pool: { query(sql: string): unknown } }): unknown => pool.query('SELECT 1');`,
  `export const events = ({ platform: { store } }: { ${platform} }): unknown => store.read('deployment-1');`,
] as const;
const phases = ['planning', 'execution', 'verification', 'monitoring', 'rollback'] as const;

const importing = (verb: string, imported: string): string => `${verb}-${imported.replaceAll(/[^a-z]+/g, '-')}.ts`;

/** A class whose method `work` is asynchronous, with one line that starts it. */
const starting = (line: string) => `export class Service {
  readonly loops: Promise<void>[] = [];
  done: unknown;
  start(): void {
    ${line}
  }
  async work(): Promise<void> {}
}
`;

const keptPromises = [
  'this.done = this.work();',
  'this.done = Promise.all([this.work(), this.work()]);',
  'this.loops.push(this.work());',
  'setTimeout(() => void this.work(), 1);',
] as const;

const handledPromises = [
  'this.done = this.work().catch(() => undefined);',
  'this.done = Promise.allSettled([this.work()]);',
  'this.loops.push(this.work().catch(() => undefined));',
  'this.done = [1].map(() => 2);',
] as const;

const forgottenLimits = [
  'export const both = (other: AbortSignal) => AbortSignal.any([AbortSignal.timeout(1), other]);\n',
  'export const asked = (ask: (limit: AbortSignal) => unknown) => ask(AbortSignal.timeout(1));\n',
] as const;

const keptLimits = `export const seen = async (ask: (limit: AbortSignal) => Promise<void>): Promise<boolean> => {
  const limit = AbortSignal.timeout(1);
  await ask(AbortSignal.any([limit]));
  return limit.aborted;
};
`;

const copiedPaths = [
  "export const list = '/v1/deployments';",
  'export const plan = (id: string): string => `/v1/deployments/${id}/plan`;',
  'export const events = (url: string): string => `${url}/v1/events/stream`;',
  "export const isOfApi = (path: string): boolean => path.startsWith('/v1/');",
  "export const advice = 'read them at /v1/parked';",
] as const;

const pathsOfOthers = `export const alerts = '/api/v1/rules';
export const logs = (base: string): string => \`\${base}/loki/api/v1/query_range\`;
// What is said of /v1/deployments is no path.
`;

/** A small workspace with the real rules and the real names, so that a forbidden import never enters the real one. */
let workspace: string;

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(workspace, file)), { recursive: true });
  await writeFile(join(workspace, file), content);
}

async function addPackage(folder: string): Promise<void> {
  const manifest = await readFile(join(root, folder, 'package.json'), 'utf8');
  const { name, exports } = JSON.parse(manifest) as { name: string; exports: unknown };
  await write(join(folder, 'package.json'), JSON.stringify({ name, exports, type: 'module' }));
  await write(join(folder, 'src/index.ts'), 'export const here = true;\n');
  await mkdir(join(workspace, 'node_modules/@backstay'), { recursive: true });
  await symlink(join(workspace, folder), join(workspace, 'node_modules', name), 'junction');
}

async function addThirdParty(name: string): Promise<void> {
  await write(join('node_modules', name, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  await write(join('node_modules', name, 'index.js'), 'exports.here = true;\n');
}

async function build(): Promise<void> {
  for (const file of [
    '.dependency-cruiser.mjs',
    '.oxlintrc.json',
    'tools/purity.mjs',
    'tools/kind-names.mjs',
    'tools/raw-streams.mjs',
    'tools/kept-promises.mjs',
    'tools/derived-paths.mjs',
    'tools/plain-words.mjs',
    'tools/plain-words.json',
  ]) {
    await cp(join(root, file), join(workspace, file));
  }
  for (const folder of packages) await addPackage(folder);
  for (const name of ['zod', 'pg', 'semver', 'fast-check']) await addThirdParty(name);
}

function run(script: string, options: string[]): Promise<string> {
  const command = [join(root, 'node_modules', script), ...options];
  const settings = { cwd: workspace, env: { ...process.env, NODE_OPTIONS: '' } };
  return new Promise((resolve) => {
    execFile(process.execPath, command, settings, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'backstay-layers-'));
  await build();
});

afterAll(async () => {
  await rm(workspace, { recursive: true, force: true });
});

describe('the layers', () => {
  let findings: string;

  beforeAll(async () => {
    for (const [folder, imported] of forbiddenImports) {
      await write(join(folder, 'src', importing('forbidden', imported)), `import '${imported}';\n`);
    }
    for (const [folder, imported] of allowedImports) {
      await write(join(folder, 'src', importing('allowed', imported)), `import '${imported}';\n`);
    }
    await write('libs/postgres/src/allowed.int.spec.ts', `import '@backstay/local-platform';\n`);
    await write(
      'libs/deployment/src/type.ts',
      `import type { here } from '@backstay/jetstream';\nexport type T = typeof here;\n`,
    );
    await write('libs/postgres/src/circle-a.ts', `import type { B } from './circle-b.ts';\nexport type A = B | 1;\n`);
    await write(
      'libs/postgres/src/circle-b.ts',
      `import type { A } from './circle-a.ts';\nexport interface B { a: A }\n`,
    );
    const slices = 'libs/deployment/src';
    await write(`${slices}/rollback/events.ts`, 'export type Event = 1;\n');
    await write(`${slices}/transitions.ts`, 'export const transition = 1;\n');
    await write(
      `${slices}/planning/calls.ts`,
      `import type { Event } from '../rollback/events.ts';\nexport type T = Event;\n`,
    );
    await write(`${slices}/planning/shares.ts`, `export { transition } from '../transitions.ts';\n`);
    await write(`${slices}/planning/calls.spec.ts`, `import '../rollback/events.ts';\n`);
    const config = ['--config', '.dependency-cruiser.mjs'];
    findings = await run('dependency-cruiser/bin/dependency-cruise.mjs', [...config, 'libs', 'services', 'cli']);
  });

  it.each(forbiddenImports)('refuse that %s imports %s', (folder, imported, rule) => {
    expect(findings).toContain(`error ${rule}: ${folder}/src/${importing('forbidden', imported)}`);
  });

  it.each(allowedImports)('let %s import %s', (folder, imported) => {
    expect(findings).not.toContain(`${folder}/src/${importing('allowed', imported)}`);
  });

  it('let a test start servers', () => {
    expect(findings).not.toContain('allowed.int.spec.ts');
  });

  it('refuse two files that need each other, also for their types alone', () => {
    expect(findings).toContain('error no-circular: libs/postgres/src/circle-a.ts');
  });

  it('refuse that a slice of the aggregate calls another one, and let it use what they share', () => {
    expect(findings).toContain('error slices-know-no-slice: libs/deployment/src/planning/calls.ts');
    expect(findings).not.toMatch(/planning\/(shares|calls\.spec)\.ts/);
  });

  it('refuse a type from above as they refuse a value', () => {
    expect(findings).toContain('error pure-layers-look-down: libs/deployment/src/type.ts');
  });
});

describe('the rules', () => {
  let findings: string;

  beforeAll(async () => {
    for (const [index, [expression]] of impureExpressions.entries()) {
      await write(`libs/deployment/src/impure-${index}.ts`, `export const planted = ${expression};\n`);
    }
    for (const [index, source] of namingKinds.entries())
      await write(`services/planning/src/naming-${index}.ts`, source);
    for (const file of ['document/src/steps/naming.ts', 'steps/src/wait/naming.ts', 'deployment/src/naming.spec.ts'])
      await write(join('libs', file), namingKinds[0]);
    for (const phase of phases)
      for (const [index, source] of rawStreams.entries())
        await write(`services/${phase}/src/raw-${phase}-${index}.ts`, source);
    for (const file of ['monitoring/src/raw-allowed.int.spec.ts', 'operator-api/src/raw-allowed.ts'])
      await write(join('services', file), rawStreams[0]);
    await write(
      'services/monitoring/src/raw-allowed.ts',
      'export const stored = (measurements: { events(id: string): unknown }): unknown => measurements.events("d-1");\n',
    );
    await write(
      'libs/steps/src/unnamed.ts',
      'export const is = (a: { action: { kind: string } }, kind: string): boolean => a.action.kind === kind;\n',
    );
    await write(
      'libs/deployment/src/given.ts',
      `export const at = (time: string): number => new Date(time).getTime();\n`,
    );
    for (const [index, line] of keptPromises.entries())
      await write(`libs/postgres/src/kept-${index}.ts`, starting(line));
    for (const [index, line] of handledPromises.entries())
      await write(`libs/postgres/src/handled-${index}.ts`, starting(line));
    await write('libs/postgres/src/handled.spec.ts', starting(keptPromises[0]));
    for (const [index, source] of forgottenLimits.entries()) await write(`libs/postgres/src/limit-${index}.ts`, source);
    await write('libs/postgres/src/limit-seen.ts', keptLimits);
    for (const [index, source] of copiedPaths.entries())
      await write(`libs/postgres/src/path-${index}.ts`, `${source}\n`);
    await write('libs/postgres/src/path-of-others.ts', pathsOfOthers);
    for (const file of ['libs/postgres/src/path-allowed.spec.ts', 'libs/api-contract/src/path-allowed.ts'])
      await write(file, `${copiedPaths[0]}\n`);
    await write('libs/deployment/src/given.spec.ts', `export const now = Date.now();\n`);
    await write('libs/postgres/src/clock.ts', `export const now = Date.now();\n`);
    await write('libs/jetstream/src/a.ts', `import { b } from './b.ts';\nexport const a = (): unknown => b;\n`);
    await write('libs/jetstream/src/b.ts', `import { a } from './a.ts';\nexport const b = (): unknown => a;\n`);
    await write('libs/jetstream/src/c.ts', `import type { D } from './d.ts';\nexport type C = D | string;\n`);
    await write('libs/jetstream/src/d.ts', `import type { C } from './c.ts';\nexport interface D { c: C }\n`);
    findings = await run('oxlint/bin/oxlint', ['--format', 'unix']);
  });

  it.each(impureExpressions.map((row, index) => [...row, index] as const))(
    'refuse %s on a pure layer',
    (_, message, index) => {
      const lines = findings.split('\n').filter((line) => line.includes(`impure-${index}.ts`));
      expect(lines.join('\n')).toContain(message);
    },
  );

  it.each(namingKinds.map((source, index) => [source, index] as const))(
    'refuse who asks for the name of a kind: %s',
    (_, index) => {
      const lines = findings.split('\n').filter((line) => line.includes(`naming-${index}.ts`));
      expect(lines.join('\n')).toContain('Nobody but its own file asks for the name of a kind');
    },
  );

  it.each(
    phases.flatMap((phase) => rawStreams.map((source, index) => [phase, source, `raw-${phase}-${index}.ts`] as const)),
  )('refuse that %s reads the store: %s', (_, _source, file) => {
    const lines = findings.split('\n').filter((line) => line.includes(file));
    expect(lines.join('\n')).toContain('A phase acts on what it reads, so it does not read the store');
  });

  it.each(keptPromises.map((line, index) => [line, index] as const))(
    'refuse a promise whose rejection nobody hears: %s',
    (_, index) => {
      const lines = findings.split('\n').filter((line) => line.includes(`kept-${index}.ts`));
      expect(lines.join('\n')).toContain('Nobody may await this promise when it rejects');
    },
  );

  it('let a promise with a handler be kept, and tests keep any', () => {
    expect(findings).not.toMatch(/handled(-\d)?\.(spec\.)?ts/);
  });

  it.each(forgottenLimits.map((source, index) => [source, index] as const))(
    'refuse a time limit that may be forgotten: %s',
    (_, index) => {
      const lines = findings.split('\n').filter((line) => line.includes(`limit-${index}.ts`));
      expect(lines.join('\n')).toContain('Node may forget this time limit before it ends');
    },
  );

  it('let a time limit be looked at afterwards', () => {
    expect(findings).not.toContain('limit-seen.ts');
  });

  it.each(copiedPaths.map((source, index) => [source, index] as const))(
    'refuse a path of the API outside of its contract: %s',
    (_, index) => {
      const lines = findings.split('\n').filter((line) => line.includes(`path-${index}.ts`));
      expect(lines.join('\n')).toContain('The paths of the API are in libs/api-contract alone');
    },
  );

  it('let the contract and tests write a path, and everybody that of another server', () => {
    expect(findings).not.toMatch(/path-(allowed|of-others)/);
  });

  it('let a phase read through an aggregate, its tests read the store, and a service that only shows too', () => {
    expect(findings).not.toContain('raw-allowed');
  });

  it('let its own files and tests name a kind, and everybody compare two', () => {
    expect(findings).not.toMatch(/naming\.(spec\.)?ts|unnamed\.ts/);
  });

  it('let a pure layer read a given time, its tests ask the clock, and an adapter too', () => {
    expect(findings).not.toMatch(/given\.ts|given\.spec\.ts|clock\.ts/);
  });

  it('refuse two files that need each other, but not two that name each other’s types', () => {
    expect(findings).toMatch(/jetstream\/src\/a\.ts.*cycle/i);
    expect(findings).not.toMatch(/jetstream\/src\/[cd]\.ts/);
  });
});
