import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline/promises';
import { transform } from '@swc/core';

const src = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = join(dirname(createRequire(import.meta.url).resolve('pg/package.json')), '..');
const forBuild = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022', rewriteRelativeImportExtensions: true },
} as const;

async function compile(file: string, target: string): Promise<void> {
  const { code } = await transform(await readFile(file, 'utf8'), {
    ...forBuild,
    module: { type: 'es6' },
    swcrc: false,
    configFile: false,
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}

/** Compiles this package to a directory where another user can run it, with the packages it needs. */
export async function compiledTo(directory: string): Promise<string> {
  const files = (await readdir(src, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !/\.spec\.|test-support/.test(name),
  );
  await Promise.all(files.map((name) => compile(join(src, name), join(directory, name.replace(/\.ts$/, '.js')))));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  const needed = (await readdir(packages)).filter((name) => /^(pg|postgres-|pgpass|split2|xtend|semver$)/.test(name));
  await Promise.all(
    needed.map((name) => cp(join(packages, name), join(directory, 'node_modules', name), { recursive: true })),
  );
  await chmod(directory, 0o755);
  return join(directory, 'index.js');
}

export interface Child {
  process: ChildProcess;
  /** The first line it prints, as JSON. */
  reported: Promise<unknown>;
}

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  account?: { uid: number; gid: number };
}

/** Runs a module's text in a process of its own. */
export function runModule(text: string, { env = process.env, account }: ChildOptions = {}): Child {
  const args = ['--input-type=module', '--eval', text];
  const child = spawn(process.execPath, args, {
    ...account,
    env: { ...env, NODE_OPTIONS: '' },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const reported = new Promise<unknown>((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line)));
    lines.once('close', () => reject(new Error('the child ended without a word')));
  });
  return { process: child, reported };
}
