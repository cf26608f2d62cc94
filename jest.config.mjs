import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { packages, root } from './tools/packages.mjs';

// The packages are ES modules, which Jest loads only under this flag. The tests run in worker processes, which inherit it from
// here, so that a plain `npx jest` works; the memory limit below is also what keeps Jest from running them in its own process.
const flag = '--experimental-vm-modules';
const isFlagged = process.env.NODE_OPTIONS?.includes(flag) || process.execArgv.includes(flag);
if (!isFlagged && process.argv.some((option) => option === '-i' || option === '--runInBand')) {
  throw new Error(
    `one file after the other is \`npx jest -w 1\`; in one process it is \`NODE_OPTIONS=${flag} npx jest -i\``,
  );
}
if (!isFlagged) {
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${flag} --disable-warning=ExperimentalWarning`.trim();
}

// Jest resolves `./x.ts` as it is written; rewriting it to `./x.js`, as the build does, would break every relative import.
const compiler = { ...JSON.parse(readFileSync(`${root}/.swcrc`, 'utf8')), sourceMaps: 'inline', swcrc: false };
delete compiler.jsc.rewriteRelativeImportExtensions;
const transform = { '\\.ts$': ['@swc/jest', compiler] };

const project = (displayName, folder, testMatch, testPathIgnorePatterns = []) => ({
  displayName,
  rootDir: `${root}/${folder}`,
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...testPathIgnorePatterns],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['backstay-source', 'node', 'default'] },
});

const ofPackages = packages
  .filter((folder) => existsSync(`${root}/${folder}/src`))
  .map((folder) => project(basename(folder), folder, ['<rootDir>/src/**/*.spec.ts']));

/** @type {import('jest').Config} */
export default {
  projects: [
    ...ofPackages,
    project('workspace', 'tools', ['<rootDir>/**/*.spec.ts']),
    project('demo', 'deploy/demo', ['<rootDir>/**/*.spec.ts'], ['<rootDir>/service/']),
    project('e2e', 'e2e', ['<rootDir>/**/*.spec.ts']),
  ],
  testTimeout: 30_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '768MB',
  passWithNoTests: true,
};
