#!/usr/bin/env node
// Builds src -> dist of every package, or of those named (libs/document services/planning): `node tools/build.mjs [FOLDER...]`.
// One process for all of them, because starting a compiler costs more than compiling. A file is written only when its content
// changed, so that a build beside a running platform disturbs nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transform } from '@swc/core';
import { packages, root } from './packages.mjs';

const options = { ...JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8')), swcrc: false, configFile: false };
const isTypeScript = (file) => file.endsWith('.ts');
const isForTests = (file) => /\.spec\.|\.test-support\.|(^|[\\/])__fixtures__[\\/]/.test(file);
const isTypesOnly = (file) => file.endsWith('.d.ts');

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/** Replaces the file in one step, and only when its content differs. */
function write(file, content) {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(content))) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}

/** Compiles one TypeScript file; returns the names it wrote below dist. */
async function compile(src, dist, file) {
  const target = file.replace(/\.ts$/, '.js');
  const name = target.split(/[\\/]/).at(-1);
  const sourceFileName = relative(dirname(join(dist, target)), join(src, file)).replaceAll('\\', '/');
  const { code, map } = await transform(readFileSync(join(src, file), 'utf8'), {
    ...options,
    filename: join(src, file),
    sourceFileName,
  });
  write(join(dist, target), `${code}//# sourceMappingURL=${name}.map\n`);
  write(join(dist, `${target}.map`), map);
  return [target, `${target}.map`];
}

/** Copies what is no TypeScript (SQL, HTML); returns its name below dist. */
async function copy(src, dist, file) {
  write(join(dist, file), readFileSync(join(src, file)));
  return [file];
}

/** Removes what earlier builds left below dist and this one did not write. */
function removeStale(dist, wanted) {
  for (const file of filesBelow(dist)) {
    if (!wanted.has(file) && !file.endsWith('.draft')) rmSync(join(dist, file), { force: true });
  }
}

async function build(folder) {
  const src = join(root, folder, 'src');
  const dist = join(root, folder, 'dist');
  if (!existsSync(src)) return 0;
  const files = filesBelow(src).filter((file) => !isForTests(file) && !isTypesOnly(file));
  const written = await Promise.all(
    files.map((file) => (isTypeScript(file) ? compile(src, dist, file) : copy(src, dist, file))),
  );
  if (existsSync(dist)) removeStale(dist, new Set(written.flat()));
  return files.length;
}

const started = Date.now();
const chosen = process.argv.length > 2 ? process.argv.slice(2) : packages;
const results = await Promise.allSettled(chosen.map(build));
const failures = results.filter((result) => result.status === 'rejected');
for (const { reason } of failures) console.error(reason.message ?? reason);
if (failures.length > 0) process.exit(1);
const count = results.reduce((sum, result) => sum + result.value, 0);
console.log(`built ${count} files of ${chosen.length} packages in ${Date.now() - started} ms`);
