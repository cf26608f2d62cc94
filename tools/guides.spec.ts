import { describe, expect, it } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { evidenceOption } from '../cli/src/options.ts';
import { deployRequestSchema } from '../libs/deployment/src/request.ts';
import { settingsSchema } from '../libs/service-kit/src/config/config.ts';
import { overridableCodes } from '../libs/document/src/context/profiles.ts';
import {
  connectionGauges,
  cpuCounters,
  durationHistograms,
  memoryGauges,
  queueGauges,
  requestCounters,
  startTime,
  statusLabels,
} from '../libs/telemetry/src/names.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Every name in backticks. */
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

describe('what the guides say is so', () => {
  it.each(['README.md', 'CONTRIBUTING.md', 'docs/operating.md', 'docs/architecture.md'])(
    'the links of %s lead somewhere',
    (file) => {
      const links = [...read(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
      const dead = links.filter((path) => !/^https?:/.test(path) && !existsSync(join(root, dirname(file), path)));
      expect(dead).toEqual([]);
    },
  );

  it.each(['README.md', 'CONTRIBUTING.md', 'docker-compose.yml', 'deploy/compose/environments.yaml'])(
    'the pages that %s names are there',
    (file) => {
      const pages = [...read(file).matchAll(/\bdocs\/[\w./-]*\w/g)].map(([page]) => page);
      expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([]);
    },
  );

  it('the files that CONTRIBUTING names are there', () => {
    const files = quoted(read('CONTRIBUTING.md')).filter((name) =>
      /^(libs|services|docs|tools)\/[\w./-]+\.\w+$/.test(name),
    );
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  describe('the architecture', () => {
    const page = read('docs/architecture.md').replaceAll(/```[\s\S]*?```/g, '');

    it('names files that are there', () => {
      const files = quoted(page).filter((name) => /^(libs|services|cli|docs|deploy)\//.test(name));
      expect(files.length).toBeGreaterThan(40);
      expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    });

    it('names no file without its folder that is nowhere', () => {
      const all = ['libs', 'services', 'cli', 'tools', 'deploy'].flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }),
      );
      const known = new Set(all.map((file) => basename(file)));
      const short = quoted(page).filter((name) => /^[\w.-]+\.(ts|mjs)$/.test(name));
      expect(short.length).toBeGreaterThan(0);
      expect(short.filter((name) => !known.has(name))).toEqual([]);
    });

    it.each(['A request comes in', 'A wake-up', 'A step', 'A rollback'])('shows the way of %s in ten lines', (way) => {
      const [, section = ''] = page.split(`## ${way}\n`);
      const lines = section.slice(0, section.indexOf('\n## ')).match(/^\d+\. .*$/gm) ?? [];
      expect(lines).toHaveLength(10);
      expect(lines.filter((line) => quoted(line).some((name) => name.includes('/'))).length).toBeGreaterThan(7);
    });
  });

  it.each(readdirSync(join(root, 'docs/decisions')))(
    'the decision %s has context, alternatives and consequences',
    (file) => {
      const headings = [...read(join('docs/decisions', file)).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual(['Context', 'Decision', 'Alternatives', 'Consequences']);
    },
  );

  it('every setting that is offered is described, and none that is not', () => {
    const names = (text: string): string[] => [...new Set(text.match(/\bBACKSTAY_[A-Z_]+\b/g))].toSorted();
    const settings = Object.entries(settingsSchema.shape)
      .filter(([name]) => name !== 'BACKSTAY_WITNESS' && name !== 'BACKSTAY_EVENT_STORE')
      .map(([name]) => name)
      .toSorted();
    const table = read('docs/operating.md').match(/^\| `BACKSTAY_[A-Z_]+` .*$/gm) ?? [];
    expect(names(table.map((row) => row.split('|')[1]).join(' '))).toEqual(settings);
  });

  it('every setting has the default that is described', () => {
    const rows = read('docs/operating.md').matchAll(/^\| `(BACKSTAY_[A-Z_]+)` \| `([^`]+)` \|/gm);
    const described = [...rows].map(([, name = '', value = '']) => ({ name, value }));
    expect(described.length).toBeGreaterThan(15);
    for (const { name, value } of described) {
      const schema = settingsSchema.shape[name as keyof typeof settingsSchema.shape];
      const text = value.replace(/^~/, homedir());
      expect({ name, value: schema.parse(undefined) }).toEqual({ name, value: schema.parse(text) });
    }
  });

  it('every library is the one that the decision names, in the version that is installed', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => basename(file) === 'package.json' && !file.includes('node_modules'),
    );
    const installed = new Map(
      files.flatMap((file) => {
        const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Record<
          string,
          Record<string, string>
        >;
        return Object.entries({ ...dependencies, ...devDependencies });
      }),
    );
    const table = read('docs/decisions/0017-libraries-instead-of-own-code.md').match(/^\| .* \|$/gm) ?? [];
    const used = table.map((row) => row.split('|')[2] ?? '').join('\n');
    const named = [...used.matchAll(/`(@?[\w/-]+)` (\d+\.\d+\.\d+)/g)].map(([, name = '', version = '']) => [
      name,
      version,
    ]);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(([name = '']) => installed.has(name))).toEqual(
      named.map(([name = '']) => [name, installed.get(name)]).filter(([, version]) => version !== undefined),
    );
  });

  it('every name and label from which metrics are computed is described, and none that is not', () => {
    const page = read('docs/document-language.md');
    const [, section = ''] = page.split('<a id="metric-names"></a>');
    const described = quoted(section.slice(0, section.indexOf('shows a scrape')));
    const gauges = [...connectionGauges, ...queueGauges].map(({ name, label, value }) =>
      label === undefined ? name : `${name}{${label}="${value}"}`,
    );
    const computed = [
      ...requestCounters,
      ...statusLabels,
      ...durationHistograms,
      ...cpuCounters,
      ...memoryGauges,
      ...gauges,
      startTime,
    ];
    const units = ['/s', '%', '5xx', 'ms', 's', 'limits.cores', 'limits.memory'];
    expect(described.filter((name) => !units.includes(name)).toSorted()).toEqual(computed.toSorted());
  });

  it('the request that brings reports is one', () => {
    const page = read('docs/document-language.md');
    const [, json = ''] = /```json\n(\{\n {2}"document"[\s\S]*?)```/.exec(page) ?? [];
    expect(deployRequestSchema.safeParse(JSON.parse(json))).toMatchObject({ success: true });
    const [, fields = ''] = /--evidence "([^"]+)"/.exec(page) ?? [];
    expect(evidenceOption(fields)).toMatchObject([{ kind: 'junit', url: expect.stringMatching(/junit\.xml$/) }]);
  });

  it('every finding that may be overridden is described, and is one that a preflight has', () => {
    const [, described = ''] = /\*\*Overrides\*\*: ([\s\S]*?)\. /.exec(read('docs/bindings-and-profile.md')) ?? [];
    expect(quoted(described)).toEqual(overridableCodes);
    const services = ['execution', 'verification', 'monitoring'].map((name) => `services/${name}/src/preflight`);
    const preflights = ['libs/steps/src', 'libs/deployment/src', ...services].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => read(join(folder, file))),
    );
    const code = preflights.join();
    expect(overridableCodes.filter((each) => !code.includes(`'${each}'`))).toEqual([]);
    const [, named = ''] = /export type FindingCode =([^;]*);/.exec(code) ?? [];
    expect(
      [...named.matchAll(/'([^']+)'/g)].map(([, each]) => each).filter((each) => !overridableCodes.includes(each!)),
    ).toEqual([]);
  });

  it('every command that the operators read of exists', () => {
    const program = read('cli/src/program.ts');
    const verbs = [...read('docs/operating.md').matchAll(/`(?:npx )?backstay (\w+)/g)].map(([, verb = '']) => verb);
    const [, table = ''] = read('README.md').split('## The command\n');
    const listed = (table.split('\n## ')[0] ?? '').match(/^\| `.*?\|/gm) ?? [];
    verbs.push(...quoted(listed.join(' ')).map((name) => name.split(' ')[0] ?? ''));
    expect(verbs.length).toBeGreaterThan(30);
    expect([...new Set(verbs)].filter((verb) => !program.includes(`'${verb}'`))).toEqual([]);
  });
});
