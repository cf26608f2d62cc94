import { cp, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** What the demo's service needs at run time. */
export const RUNTIME_PACKAGES = ['pg', 'ioredis', 'prom-client'];

const NOT_RUN = /\.(d\.[cm]?ts|map|md|markdown)$/;

/**
 * Copies packages and all that they depend on, so that they resolve below `to` as they do in `from`.
 * @param {{names: string[], from: string, to: string}} request two `node_modules` folders
 * @returns {Promise<string[]>} the copied folders, relative to `from`, sorted
 * @throws when a package is not installed in `from`
 */
export async function vendorPackages({ names, from, to }) {
  const found = new Map();
  await Promise.all(names.map((name) => collect(name, from, from, found)));
  const folders = [...found.keys()].map((folder) => relative(from, folder)).sort();
  await Promise.all(folders.map((folder) => copyPackage(join(from, folder), join(to, folder))));
  return folders;
}

async function collect(name, asker, from, found) {
  const folder = locate(name, asker, from);
  if (found.has(folder)) return;
  found.set(folder, name);
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  await Promise.all(Object.keys(dependencies).map((dependency) => collect(dependency, folder, from, found)));
}

/** Node's own rule, bounded by `from`: the nearest `node_modules` above the package that asks. */
function locate(name, asker, from) {
  for (let folder = asker; folder !== dirname(from); folder = dirname(folder)) {
    const candidate = folder === from ? join(from, name) : join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  throw new Error(`the package ${name} is not installed in ${from}: run npm ci`);
}

const copyPackage = (from, to) =>
  cp(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) => !NOT_RUN.test(path) && !relative(from, path).split(/[\\/]/).includes('node_modules'),
  });
