import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Source {
  readonly file: string;
  /** The folder of its package: `libs/document`, `deploy`. */
  readonly project: string;
  readonly text: string;
}

const folders = ['libs', 'services'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
);
const sources: readonly Source[] = [...folders, 'cli', 'deploy'].flatMap((project) =>
  readdirSync(join(root, project), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/(^|\/)(node_modules|dist|__fixtures__)\//.test(name))
    .map((name) => ({ file: `${project}/${name}`, project, text: read(`${project}/${name}`) })),
);

/** What a file names outside of its package by a relative path: `deploy/nats/nats.conf`. */
const named = ({ file, project, text }: Source): readonly string[] =>
  [...text.matchAll(/['"`]((?:\.\.\/)+[\w.-][\w./-]*)/g)]
    .map(([, path = '']) => relative(root, join(root, dirname(file), path)).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('..') && !`${path}/`.startsWith(`${project}/`) && existsSync(join(root, path)));

const outside = sources.flatMap((source) => named(source).map((path) => ({ ...source, path })));

describe('what is not run again while its inputs are unchanged', () => {
  const { namedInputs, targetDefaults } = JSON.parse(read('nx.json')) as {
    namedInputs: Readonly<Record<string, readonly unknown[]>>;
    targetDefaults: Readonly<Record<string, { readonly inputs: readonly unknown[] }>>;
  };
  const patterns = (inputs: readonly unknown[]): readonly string[] =>
    inputs.flatMap((input) => {
      if (typeof input !== 'string') return [];
      const inner = namedInputs[input.replace('^', '')];
      return inner ? patterns(inner) : [input];
    });
  const inputs = patterns(targetDefaults['test']!.inputs);
  const isInput = (path: string): boolean =>
    inputs.some((pattern) => {
      const expression = pattern
        .replace('{workspaceRoot}/', '')
        .replaceAll('.', '\\.')
        .replace('**/*', '.+')
        .replaceAll(/(?<!\.)\*/g, '[^/]*');
      return new RegExp(`^${expression}$`).test(path);
    });

  it('names every file that a package reads outside of itself', () => {
    const files = outside.filter(({ path }) => /\.\w+$/.test(path) && !/\/(src|dist)\//.test(path));
    expect(files.map(({ path }) => path)).toContain('deploy/nats/nats.conf');
    expect(files.filter(({ path }) => !isInput(path)).map(({ file, path }) => `${file}: ${path}`)).toEqual([]);
  });
});

describe('what a change affects', () => {
  interface Graph {
    readonly nodes: Readonly<Record<string, { readonly data: { readonly root: string; readonly targets: object } }>>;
    readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
  }
  let graph: Graph;

  beforeAll(async () => {
    const nx = [join(root, 'node_modules/nx/dist/bin/nx.js'), 'graph', '--print'];
    const { stdout } = await promisify(execFile)(process.execPath, nx, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    graph = (JSON.parse(stdout) as { graph: Graph }).graph;
  });

  it('is known for every import: the graph has each package that another one imports', () => {
    const ofFolder = new Map(Object.entries(graph.nodes).map(([name, { data }]) => [data.root, name]));
    const projectOf = (path: string) =>
      ofFolder.get(/^(libs|services)\//.test(path) ? path.split('/', 2).join('/') : path.split('/')[0]!);
    const relatives = outside
      .filter(({ path, text }) => /\.(ts|mjs)$/.test(path) && text.includes(` from '`) && !path.startsWith('tools/'))
      .map(({ project, path }) => ({ project, target: projectOf(path) }));
    const packages = sources.flatMap(({ project, text }) =>
      [...text.matchAll(/ from '(@backstay\/[a-z-]+)/g)].map(([, target]) => ({ project, target })),
    );
    expect(relatives).toContainEqual({ project: 'cli', target: 'deploy' });
    const missing = [...relatives, ...packages].filter(({ project, target }) => {
      const name = ofFolder.get(project)!;
      return target !== name && !graph.dependencies[name]?.some((dependency) => dependency.target === target);
    });
    expect([...new Set(missing.map(({ project, target }) => `${project} imports ${target}`))]).toEqual([]);
  });

  it('is tested: every folder with specifications is a project with a target of tests', () => {
    const tested = Object.values(graph.nodes)
      .filter(({ data }) => 'test' in data.targets)
      .map(({ data }) => data.root);
    const folder = sources.filter(({ file }) => file.endsWith('.spec.ts')).map(({ project }) => project);
    expect(tested).toContain('.');
    expect([...new Set(folder)].filter((each) => !tested.includes(each))).toEqual([]);
  });
});

describe('cases by chance', () => {
  /** Those of every run; `generated.spec.ts` asks what one sample says. */
  const specifications = sources.filter(
    ({ file }) => /\.(spec|test-support)\.ts$/.test(file) && !file.endsWith('testing/generated.spec.ts'),
  );

  it('come from the seed of the run, and so are the same each time', () => {
    const own = specifications.filter(({ text }) => /\bnumRuns: [1-9\d_]+ *[,}]|\bseed: \d/.test(text));
    expect(own.map(({ file }) => file)).toEqual([]);
    const bare = specifications.filter(({ text }) => {
      const asserted = text.match(/\bfc\.(assert|sample|check)\(/g)?.length ?? 0;
      return asserted > 0 && !/\bruns\(/.test(text);
    });
    expect(bare.map(({ file }) => file)).toEqual([]);
    const loops = specifications.filter(({ text }) => /\bfor \(let seed\b|\(_\w*, seed\) =>/.test(text));
    expect(loops.map(({ file }) => file)).toEqual([]);
  });
});
