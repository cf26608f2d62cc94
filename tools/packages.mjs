import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the workspace. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The folders that the patterns (`libs/*`, `cli`) name and that hold a package, relative to the root. */
const expand = (pattern) =>
  pattern.endsWith('/*')
    ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -2)}/${name}`)
    : [pattern];

const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Every package of the workspace as a folder relative to the root: `libs/document`, `cli`. */
export const packages = workspaces.flatMap(expand).filter((folder) => existsSync(join(root, folder, 'package.json')));
