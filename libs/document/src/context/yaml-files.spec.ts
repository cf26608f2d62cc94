import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { stringify } from 'yaml';
import { parseBindings } from './bindings.ts';
import { environmentsInOrder, parseProfiles, serviceProfile } from './profiles.ts';
import { bindings, fixture, profiles } from '../testing/fixtures.test-support.ts';

describe('bindings', () => {
  it('are read with their commands split', () => {
    expect(bindings()).toMatchObject({
      build: [{ argv: ['npm', 'ci', '--omit=dev'] }],
      ready: { method: 'GET', path: '/health' },
      version: { request: { method: 'GET', path: '/version' }, jsonPath: '$.version' },
      evidence: { tests: { reader: 'junit' }, scans: { reader: 'sarif' } },
    });
  });

  it('may be absent or empty', () => {
    expect(parseBindings('')).toEqual({
      ok: true,
      bindings: { evidence: {}, secrets: {}, smoke: {}, documentation: {} },
    });
  });
});

describe('profiles', () => {
  it('give one service in one environment, with its defaults', () => {
    expect(serviceProfile(profiles(), 'production', 'notes-api')).toMatchObject({
      hosts: ['local'],
      metrics: { kind: 'scrape', url: 'http://127.0.0.1:18080/metrics' },
      limits: { cores: 2, memoryBytes: 512 * 1024 * 1024 },
      dataLossMs: 1_800_000,
      acceptsUnattested: false,
      keepReleases: 5,
      queue: 'fifo',
      overrides: [],
    });
    expect(serviceProfile(profiles(), 'staging', 'notes-api')).toMatchObject({ acceptsUnattested: true });
  });

  it.each(['deploy', 'backstay-steps', '1001:1002'])('name the user of steps: %s', (runAs) => {
    const read = parseProfiles(`environments:\n  qa:\n    services: { a: { runAs: ${JSON.stringify(runAs)} } }`);
    expect(read).toMatchObject({ ok: true, profiles: { environments: { qa: { services: { a: { runAs } } } } } });
  });

  it.each(['', '1001', '-x', 'a b', '1:2:3', 'a;b'])('name no user with %j', (runAs) => {
    const read = parseProfiles(`environments:\n  qa:\n    services:\n      a: { runAs: ${JSON.stringify(runAs)} }`);
    expect(read).toMatchObject({
      ok: false,
      problems: [{ line: 4, message: expect.stringContaining('name of a user') }],
    });
  });

  it.each(['var/log', '/', '/var/log/', '/var/../etc', '/..', ''])('list no folder of logs as %j', (folder) => {
    const read = parseProfiles(`environments:\n  qa:\n    services:\n      a: { logs: [${JSON.stringify(folder)}] }`);
    expect(read).toMatchObject({ ok: false, problems: [{ line: 4, message: expect.stringContaining('folder') }] });
  });

  it('know nothing of others', () => {
    expect(serviceProfile(profiles(), 'production', 'constructor')).toBeUndefined();
    expect(serviceProfile(profiles(), '__proto__', 'notes-api')).toBeUndefined();
  });

  it('order environments from the first to the last', () => {
    const parsed = parseProfiles(
      'environments: { production: { services: {} }, qa: { order: 25, services: {} }, staging: { services: {} } }',
    );
    expect(parsed.ok && environmentsInOrder(parsed.profiles)).toEqual(['staging', 'qa', 'production']);
  });

  it.each([
    ['production', ['development', 'staging', 'qa']],
    ['qa', ['development', 'staging']],
    ['staging', undefined],
  ])('give %s what comes before it, where that is not the usual order', (environment, earlier) => {
    const services = 'services: { notes-api: {} }';
    const parsed = parseProfiles(
      `environments: { production: { ${services} }, qa: { order: 25, ${services} }, staging: { ${services} } }`,
    );
    expect(parsed.ok && serviceProfile(parsed.profiles, environment, 'notes-api')?.earlier).toEqual(earlier);
  });

  it('accept a deployer of another version, for which only its own deployments wait', () => {
    expect(parseProfiles(fixture('environments.yaml').replaceAll('deployer: release', 'deployer: kubernetes')).ok).toBe(
      true,
    );
  });
});

describe('values in YAML', () => {
  it('arrive as they are written, as keys too', () => {
    const written = [
      '0042',
      '12345678901234567890',
      '1.10',
      '0x1F',
      '1e3',
      'yes',
      'off',
      'true',
      '2026-01-01',
      '1_000',
    ];
    const headers = written.map((value, index) => `X-${index}: ${value}`).join(', ');
    const captures = written.map((value) => `${value}: $.a`).join(', ');
    const parsed = parseBindings(`smoke: { 0042: { headers: { ${headers} }, captures: { ${captures} }, body: 1.10 } }`);
    expect(parsed).toMatchObject({ ok: true, bindings: { smoke: { '0042': { body: '1.10' } } } });
    const flow = (parsed.ok && parsed.bindings.smoke['0042']) || undefined;
    expect(Object.values(flow!.headers)).toEqual(written);
    expect(Object.keys(flow!.captures)).toEqual(written);
  });

  it.each([
    ['environments:\n  qa:\n    order: 012\n    services: {}', 3],
    ['environments:\n  qa:\n    order: 0x1F\n    services: {}', 3],
    ['environments:\n  qa:\n    order: 12345678901234567890\n    services: {}', 3],
    ['environments:\n  qa:\n    services: { a: { keepReleases: 1e3 } }', 3],
    ['environments:\n  qa:\n    services: { a: { keepReleases: 5.5 } }', 3],
    ['environments:\n  qa:\n    services: { a: { limits: { memory: 0x1F } } }', 3],
    ['environments:\n  qa:\n    services: { a: { limits: { memory: 010MiB } } }', 3],
    ['environments:\n  qa:\n    services:\n      a: { baseUrl: null }', 4],
    ['environments:\n  qa:\n    services:\n      a: { root: !!int 3 }', 4],
    ['environments:\n  qa:\n    services:\n      null: {}', 4],
    ['environments:\n  qa:\n    services:\n      __proto__: {}', 4],
    ['environments:\n  qa:\n    services:\n      ? [a]\n      : {}', 4],
  ])('that mean different numbers to different readers, or nothing, are refused with their line: %j', (text, line) => {
    expect(parseProfiles(text)).toMatchObject({ ok: false, problems: [{ line }] });
  });

  it('are numbers where numbers are meant, exactly as they are written', () => {
    const services = 'services: { a: { keepReleases: 3, limits: { cores: 0.50, memory: 1048576 } } }';
    const parsed = parseProfiles(`environments: { qa: { order: -1, ${services} } }`);
    expect(parsed.ok && parsed.profiles.environments['qa']).toMatchObject({
      order: -1,
      services: { a: { keepReleases: 3, limits: { cores: 0.5, memoryBytes: 1_048_576 } } },
    });
  });

  it('are read back exactly, whatever names and values were printed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('0042', '1.10', '0x1F', '1e3', 'null', '~', 'yes', '', ' a ', '# a', 'a: b', '{', '${A} ${B}'),
    );
    const name = text.filter((key) => key !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(name, text), (all) => {
        const parsed = parseBindings(stringify({ smoke: { flow: { captures: {}, headers: all } } }));
        expect(parsed.ok && parsed.bindings.smoke['flow']!.headers).toEqual(all);
      }),
      runs(100),
    );
  });

  it('that were garbled in one line are refused with that line', () => {
    const garblings = [
      (line: string) => line.replace(': "', ' "'),
      (line: string) => line.replace(/"$/, ''),
      (line: string) => `${line} x`,
      (line: string) => `\t${line}`,
    ];
    const values = fc.array(fc.stringMatching(/^[a-z -]*$/), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, fc.nat(), fc.constantFrom(...garblings), (all, chance, garbled) => {
        const lines = [
          'smoke:',
          '  flow:',
          '    headers:',
          ...all.map((value, index) => `      X-${index}: "${value}"`),
        ];
        const at = 3 + (chance % all.length);
        lines[at] = garbled(lines[at]!);
        const parsed = parseBindings(lines.join('\n'));
        expect(parsed.ok).toBe(false);
        expect(parsed.ok || parsed.problems[0]!.line).toBe(at + 1);
      }),
      runs(100),
    );
  });
});

describe('a file of several documents', () => {
  const first = 'environments: { qa: { services: {} } }';

  it.each([
    [`${first}\n---\nB: 2`, 2],
    [`${first}\n...\nB: 2`, 3],
    [`---\n${first}\n---\n`, 3],
    [`${first}\n...\n# c\n%YAML 1.2\n---\nB: 2`, 5],
    [`# c\n---\n---\n${first}`, 3],
  ])('is refused with the line of the second: %j', (text, line) => {
    const parsed = parseProfiles(text);
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { line, column: 1, code: 'yaml', message: 'a second document begins here; a file is one document' },
    ]);
    const bound = parseBindings(text.replace(first, 'build: make'));
    expect(bound.ok ? [] : bound.problems).toMatchObject([{ line }]);
  });

  it.each([`---\n${first}`, `# c\n---\n${first}\n...\n`, `%YAML 1.2\n---\n${first}\n...\n# c\n`])(
    'is none where marks stand around one: %j',
    (text) => {
      expect(parseProfiles(text)).toMatchObject({ ok: true });
    },
  );

  it('is refused wherever a document is added to a file that is read', () => {
    const mark = fc.constantFrom('---', '...\n---', '...\n# c\n---', '--- # c');
    const added = fc.constantFrom('', 'a: 1', first, '[]', 'text', '# c');
    fc.assert(
      fc.property(fc.constantFrom('', '---\n', '# c\n'), mark, added, (before, between, after) => {
        expect(parseProfiles(`${before}${first}\n${between}\n${after}\n`).ok).toBe(false);
      }),
      runs(100),
    );
  });
});

describe('a key that stands twice', () => {
  it.each([
    ['build: a\nready: GET /x\nbuild: b', 3],
    ['secrets: { A: [X],\n A: [Y] }', 2],
    ['secrets:\n  A: [X]\n  "A": [Y]', 3],
  ])('is refused with its line: %j', (text, line) => {
    const parsed = parseBindings(text);
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ line, message: 'Map keys must be unique' }]);
  });
});
