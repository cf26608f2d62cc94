import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseBindings } from '../context/bindings.ts';
import { documentOf, fixture, sha256 } from '../testing/fixtures.test-support.ts';
import { lint } from '../reading/lint.ts';
import { makePlan } from './make-plan.ts';
import type { Blocker } from '../problems/problem.ts';
import { parseProfiles, serviceProfile } from '../context/profiles.ts';

type Mapping = Record<string, unknown>;
type Files = { readonly bindings: string; readonly profile: string };

/** The filled template, with a step that asks for everything that bindings and profile can say. */
const text = fixture('notes-api.md').replace('Run database migrations (if applicable)', 'Run database migrations');

const complete: Files = { bindings: fixture('backstay.yaml'), profile: stringify(productionOf('notes-api')) };

function productionOf(service: string): Mapping {
  const { environments } = parse(fixture('environments.yaml')) as {
    environments: Record<string, { services: Record<string, Mapping> }>;
  };
  return environments['production']!.services[service]!;
}

function contextOf({ bindings, profile }: Files) {
  const written = { environments: { production: { services: { 'notes-api': parse(profile) as Mapping } } } };
  const [bound, profiles] = [parseBindings(bindings), parseProfiles(stringify(written))];
  if (!bound.ok || !profiles.ok) throw new Error(JSON.stringify([bound, profiles], null, 2));
  return { bindings: bound.bindings, profile: serviceProfile(profiles.profiles, 'production', 'notes-api')! };
}

function blockersOf(files: Files): Blocker[] {
  const planned = makePlan(documentOf(text), { ...contextOf(files), digest: sha256 });
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems, null, 2));
  return planned.blockers;
}

/** A YAML text in block style, without one of its entries; a mapping that is left empty goes too. */
function without(yaml: string, [key, name]: readonly string[]): string {
  const mapping = parse(yaml) as Record<string, Mapping>;
  if (name !== undefined) delete mapping[key!]![name];
  if (name === undefined || Object.keys(mapping[key!]!).length === 0) delete mapping[key!];
  return stringify(mapping);
}

/** The shown line, written where the message says. */
function pasted(files: Files, message: string): Files {
  const [, line, key, where] = /^add `(.+?)` to (?:`(\w+)` in )?(.+)$/.exec(message)!;
  const file = where === '.backstay.yaml' ? 'bindings' : 'profile';
  const before = stringify(parse(files[file]));
  const after = key === undefined ? `${before}${line}\n` : before.replace(`\n${key}:\n`, `\n${key}:\n  ${line}\n`);
  return { ...files, [file]: after };
}

const entries: readonly (readonly [file: keyof Files, ...path: string[]])[] = [
  ['bindings', 'build'],
  ['bindings', 'migrate'],
  ['bindings', 'start'],
  ['bindings', 'evidence', 'tests'],
  ['bindings', 'evidence', 'scans'],
  ['bindings', 'logs'],
  ['bindings', 'secrets', 'AWS credentials'],
  ['bindings', 'secrets', 'API tokens'],
  ['bindings', 'documentation', 'CHANGELOG'],
  ['bindings', 'documentation', 'runbook'],
  ['bindings', 'documentation', 'Architecture'],
  ['bindings', 'documentation', 'API'],
  ['bindings', 'documentation', 'Configuration'],
  ['profile', 'deployer'],
  ['profile', 'root'],
  ['profile', 'baseUrl'],
  ['profile', 'metrics'],
  ['profile', 'dashboards'],
  ['profile', 'probes', 'load balancer'],
  ['profile', 'probes', 'CDN'],
  ['profile', 'probes', 'Monitoring'],
  ['profile', 'probes', 'External API'],
  ['profile', 'notify', 'team'],
  ['profile', 'notify', 'on-call'],
];

for (const [file, ...path] of entries)
  describe(`${file} without ${path.join(' ')}`, () => {
    const files = { ...complete, [file]: without(complete[file], path) };
    const blockers = blockersOf(files);

    it('are reported by one blocker, at a line of the document', () => {
      expect(blockers).toEqual([
        {
          code: file === 'bindings' ? 'missing-binding' : 'missing-profile-entry',
          message: expect.any(String),
          line: expect.any(Number),
        },
      ]);
    });

    it('are reported by one warning of lint', () => {
      const listed = lint(text, contextOf(files)).filter(({ code }) => code === 'needs-context');
      expect(listed.map(({ message }) => message)).toEqual(blockers.map(({ message }) => message));
    });

    it('are whole again with the line that is shown, where it says', () => {
      expect(blockersOf(pasted(files, blockers[0]!.message))).toEqual([]);
    });
  });

describe.each([
  ['bindings', 'evidence'],
  ['bindings', 'secrets'],
  ['bindings', 'documentation'],
  ['profile', 'probes'],
  ['profile', 'notify'],
] as const)('%s without any %s', (file, key) => {
  it('are whole again with all the lines that are shown, one after the other', () => {
    let files: Files = { ...complete, [file]: without(complete[file], [key]) };
    const blockers = blockersOf(files);
    expect(blockers.length).toBeGreaterThan(1);
    for (const { message } of blockers) files = pasted(files, message);
    expect(blockersOf(files)).toEqual([]);
  });
});

describe('what has a default', () => {
  it.each([
    ['bindings', 'ready'],
    ['bindings', 'version'],
    ['profile', 'hosts'],
    ['profile', 'limits'],
    ['profile', 'queue'],
    ['profile', 'allow'],
  ] as const)('is not asked for: %s %s', (file, key) => {
    expect(blockersOf({ ...complete, [file]: without(complete[file], [key]) })).toEqual([]);
  });

  it('is not asked for where “(if applicable)” leaves it out', () => {
    const files = { ...complete, bindings: without(complete.bindings, ['migrate']) };
    const planned = makePlan(documentOf(fixture('notes-api.md')), { ...contextOf(files), digest: sha256 });
    expect(planned).toMatchObject({ ok: true, blockers: [] });
  });
});

describe('a loss that nobody accepts', () => {
  const files = { ...complete, profile: without(complete.profile, ['dataLoss']) };

  it('is reported once, with what to add where', () => {
    expect(blockersOf(files)).toEqual([
      { code: 'missing-consent', line: 75, message: expect.stringContaining('`dataLoss: 15m` to the profile') },
    ]);
  });

  it('is accepted with the line that is shown', () => {
    expect(blockersOf({ ...files, profile: `${files.profile}dataLoss: 15m\n` })).toEqual([]);
  });
});

describe('the body of a flow that sends one', () => {
  const files = { ...complete, bindings: without(complete.bindings, ['smoke']) };

  it('is missed by one warning, and not with the lines that are shown', () => {
    const warnings = lint(text, contextOf(files)).filter(({ code }) => code === 'needs-context');
    expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
      expect.stringMatching(
        /^85 “User Login” sends no body; add .*`smoke: \{ User Login: \{ body: '\{\}' \} \}` to \.backstay\.yaml$/,
      ),
    ]);
    const [, line] = /(smoke: .*)` to/.exec(warnings[0]!.message)!;
    expect(lint(text, contextOf({ ...files, bindings: `${files.bindings}${line}\n` }))).toEqual([]);
  });
});
