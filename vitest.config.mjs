import { defineConfig } from 'vitest/config';

// The sources of this workspace's packages, not what was built of them.
const conditions = ['backstay-source', 'node', 'default'];
const minutes = 60_000;

/**
 * How long a test or a hook may take, in milliseconds: a bound against standing still, not a measure of speed, and the one of all
 * tests. Each wait within a test has a shorter one, and says then what it waited for.
 */
const patience = (process.env.FIGURES === 'full' ? 30 : 6) * minutes;
const project = (name, include) => ({
  extends: true,
  test: { name, include, testTimeout: patience, hookTimeout: patience },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    exclude: ['**/node_modules/**', '**/dist/**', 'deploy/demo/service/**'],
    // Processes that load each module once, whichever test files they run: loading took more time than testing. Two more than
    // the cores of a small machine, since many tests wait for a server or a process.
    pool: 'forks',
    isolate: false,
    maxWorkers: 4,
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      project('specifications', ['{libs,services}/*/src/**/*.spec.ts', '{cli,tools,deploy}/**/*.spec.ts']),
      project('journeys', ['e2e/**/*.spec.ts']),
    ],
  },
});
