import { defineConfig } from 'vitest/config';

// The sources of this workspace's packages, not what was built of them.
const conditions = ['backstay-source', 'node', 'default'];
const minutes = 60_000;

/** @param patience how long a test or a hook may take, in milliseconds: a bound against standing still, not a measure of speed */
const project = (name, include, patience) => ({
  extends: true,
  test: { name, include, testTimeout: patience, hookTimeout: patience },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    exclude: ['**/node_modules/**', '**/dist/**', 'deploy/demo/service/**'],
    // Processes that load each module once, whichever test files they run: loading took more time than testing. One more than
    // the cores of a small machine, since many tests wait for a server or a process.
    pool: 'forks',
    isolate: false,
    maxWorkers: 3,
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      project('specifications', ['{libs,services}/*/src/**/*.spec.ts', '{cli,tools,deploy}/**/*.spec.ts'], minutes / 2),
      // Each wait of a journey has a bound of its own, and says then what it waited for: the whole must not end before it.
      project('journeys', ['e2e/**/*.spec.ts'], 4 * minutes),
    ],
  },
});
