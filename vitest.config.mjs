import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

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

/** Those that read whole documents again and again take longest, though their files are small. */
const isOfLanguage = ({ moduleId }) => moduleId.includes('/libs/document/');

/** Specifications with servers and processes wait, the others compute: they alternate, so that the cores have work until the end. */
class Alternating extends BaseSequencer {
  async sort(files) {
    const bySize = await super.sort(files);
    const sorted = [...bySize.filter(isOfLanguage), ...bySize.filter((file) => !isOfLanguage(file))];
    const waiting = sorted.filter(({ moduleId }) => moduleId.endsWith('.int.spec.ts'));
    const computing = sorted.filter((file) => !waiting.includes(file));
    const pairs = Array.from({ length: Math.max(waiting.length, computing.length) });
    return pairs.flatMap((_, at) => [waiting[at], computing[at]].filter((file) => file !== undefined));
  }
}

/** Libraries as they are when Backstay runs: some have a second build, for their own development, that checks itself at each step. */
const asInProduction = {
  name: 'as-in-production',
  configResolved: (config) => void (config.isProduction = true),
};

export default defineConfig({
  plugins: [asInProduction],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    exclude: ['**/node_modules/**', '**/dist/**', 'deploy/demo/service/**'],
    // Processes that load each module once, whichever test files they run: loading took more time than testing. Two more than
    // the cores of a small machine, since many tests wait for a server or a process.
    pool: 'forks',
    isolate: false,
    maxWorkers: 4,
    sequence: { sequencer: Alternating },
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      project('specifications', ['{libs,services}/*/src/**/*.spec.ts', '{cli,tools,deploy}/**/*.spec.ts']),
      project('journeys', ['e2e/**/*.spec.ts']),
    ],
  },
});
