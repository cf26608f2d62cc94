import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ImportedScrape {
  readonly job: string;
  /** Milliseconds. */
  readonly time: number;
  /** Lines of `name{labels} value`. */
  readonly text: string;
}

/** Writes scrapes of the past into the data of a Prometheus that is not running yet, by its own tool. */
export async function importScrapes(
  binary: string,
  directory: string,
  scrapes: readonly ImportedScrape[],
): Promise<void> {
  const lines = scrapes.flatMap(({ job, time, text }) =>
    [...text.split('\n').filter((line) => line !== '' && !line.startsWith('#')), 'up 1'].map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const all = [labels, `job="${job}"`, `instance="${job}"`].filter((each) => each !== '').join(',');
      return { name, line: `${name}{${all}} ${value} ${time / 1_000}` };
    }),
  );
  // All series of a name stand together (OpenMetrics 1.0).
  const names = [...new Set(lines.map(({ name }) => name))];
  const text = names.flatMap((name) => lines.filter((each) => each.name === name).map(({ line }) => line));
  await writeFile(join(directory, 'scrapes.om'), `${text.join('\n')}\n# EOF\n`);
  const tool = join(dirname(binary), 'promtool');
  await run(tool, [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    join(directory, 'scrapes.om'),
    join(directory, 'data'),
  ]);
}
