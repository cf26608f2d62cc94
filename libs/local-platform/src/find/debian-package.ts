import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expand, tryDirectories } from './binary.ts';
import type { Machine, Outcome } from './machine.ts';
import type { Binary, Source, ProgramRequest } from './source.ts';
import { obtainTree } from './unpack.ts';

const libraries = ['/usr/lib/*-linux-*', '/lib/*-linux-*', '/usr/lib'];

async function release(machine: Machine): Promise<string> {
  const text = await machine.read('/etc/os-release');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]+)`, 'm').exec(text)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}-${machine.arch}`;
}

/** The program below the directory that its packages were unpacked to. */
async function tryTree(request: ProgramRequest, tree: string): Promise<Binary | string> {
  const below = async (patterns: readonly string[]) =>
    (await Promise.all(patterns.map((pattern) => expand(request.machine, `${tree}${pattern}`)))).flat();
  const directories = await below([...request.recipe.directories, '/usr/sbin', '/usr/bin']);
  return tryDirectories(request, directories, { LD_LIBRARY_PATH: (await below(libraries)).join(':') });
}

function expectSuccess(what: string, { code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(`${what} failed: ${(stderr || stdout).trim()}`);
  return stdout;
}

/** apt-get with lists and cache of its own in `workshop`, so that it needs no root and changes nothing of the system. */
async function privateApt(machine: Machine, workshop: string) {
  const [lists, cache] = [join(workshop, 'lists'), join(workshop, 'cache')];
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const own = [
    '-q',
    '-o',
    `Dir::State::lists=${lists}`,
    '-o',
    `Dir::Cache=${cache}`,
    '-o',
    'Debug::NoLocking=1',
    '-o',
    'APT::Sandbox::User=',
  ];
  const env = { ...machine.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  return (...args: string[]) => machine.run('apt-get', [...own, ...args], { cwd: workshop, env, timeout: 300_000 });
}

/** The package and those it needs that are not installed here. */
function packagesIn(simulation: string, wanted: string): string[] {
  const missing = [...simulation.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
  return [...new Set([wanted, ...missing])];
}

async function download(machine: Machine, wanted: string, workshop: string): Promise<string[]> {
  const apt = await privateApt(machine, workshop);
  expectSuccess('apt-get update', await apt('update'));
  const simulation = expectSuccess('apt-get', await apt('install', '--simulate', '--no-install-recommends', wanted));
  expectSuccess('apt-get download', await apt('download', ...packagesIn(simulation, wanted)));
  return (await machine.list(workshop)).filter((name) => name.endsWith('.deb')).map((name) => join(workshop, name));
}

async function fill(machine: Machine, wanted: string, tree: string): Promise<void> {
  const workshop = join(tree, '..', 'download');
  await mkdir(workshop);
  for (const archive of await download(machine, wanted, workshop)) {
    expectSuccess('dpkg-deb', await machine.run('dpkg-deb', ['--extract', archive, tree]));
  }
}

async function obtain(request: ProgramRequest, tree: string, say: (line: string) => void): Promise<Binary> {
  const { machine, recipe } = request;
  say(
    `downloading the distribution's package ${recipe.debianPackage} and unpacking it below ${tree}; nothing is installed`,
  );
  return obtainTree(
    tree,
    (draft) => fill(machine, recipe.debianPackage, draft),
    () => tryTree(request, tree),
  );
}

/** The package of a Debian or its kin (Ubuntu, Mint), unpacked to the user's cache. */
export const debianPackage: Source = {
  name: "the distribution's package, unpacked",
  async look(request) {
    const { machine, recipe } = request;
    const tools = await Promise.all(['apt-get', 'dpkg-deb'].map((tool) => machine.isProgram(`/usr/bin/${tool}`)));
    if (machine.platform !== 'linux' || tools.includes(false)) return { reason: 'needs apt-get and dpkg-deb' };
    const tree = join(machine.cache, `${recipe.debianPackage}-${await release(machine)}`);
    const found = await tryTree(request, tree);
    if (typeof found !== 'string') return { program: found };
    return { reason: `${recipe.debianPackage} is not unpacked yet`, obtain: (say) => obtain(request, tree, say) };
  },
};
