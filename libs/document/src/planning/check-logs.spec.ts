import { describe, expect, it } from 'vitest';
import { serviceProfile, type ServiceProfile } from '../context/profiles.ts';
import { bindings, documentOf, fixture, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { makePlan } from './make-plan.ts';

const notes = fixture('notes-api.md');
const usual = serviceProfile(profiles(), 'production', 'notes-api')!;
const line = notes.split('\n').indexOf('### Deployment Steps') + 2;

function blockersOf(file: string, changes: Partial<ServiceProfile> = {}): readonly string[] {
  const step = `### Deployment Steps\n1. Look at it\n   - Evidence: log \`${file}\` has no \`panic\`\n`;
  const document = documentOf(notes.replace('### Deployment Steps\n', step));
  const planned = makePlan(document, { bindings: bindings(), profile: { ...usual, ...changes }, digest: sha256 });
  return planned.ok ? planned.blockers.map(({ message, line: at }) => `${at}: ${message}`) : ['no plan'];
}

describe('a log file that a document names', () => {
  it.each([
    ['/etc/shadow', '/etc'],
    ['/var/log/orders/*.log', '/var/log/orders'],
    ['/srv/notes-api/../../etc/shadow', '/srv/notes-api'],
    ['../../../etc/shadow', '/var/log'],
  ])('blocks the plan outside of where logs may lie, with the entry to add: %s', (file, folder) => {
    expect(blockersOf(file)).toEqual([
      `${line}: add \`logs: ["${folder}"]\` to the environment profile of notes-api in production: Look at it reads ${file}`,
    ]);
  });

  it('may lie in the release, below the root of the releases, and where the profile says', () => {
    expect(usual.root).toBeDefined();
    for (const file of ['logs/app.log', `${usual.root}/logs/*.log`, '/var/log/orders/a.log'])
      expect(blockersOf(file, { logs: ['/var/log/orders'] })).toEqual([]);
    expect(blockersOf('/var/log/orders-of-others/a.log', { logs: ['/var/log/orders'] })).toHaveLength(1);
  });
});
