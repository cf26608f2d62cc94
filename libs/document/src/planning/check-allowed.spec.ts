import { describe, expect, it } from 'vitest';
import { bindings, documentOf, fixture, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { makePlan } from './make-plan.ts';
import { serviceProfile, type ServiceProfile } from '../context/profiles.ts';

const notes = fixture('notes-api.md');
const usual = serviceProfile(profiles(), 'production', 'notes-api')!;

function blockersOf(text: string, changes: Partial<ServiceProfile>): readonly string[] {
  const document = documentOf(text);
  const planned = makePlan(document, { bindings: bindings(), profile: { ...usual, ...changes }, digest: sha256 });
  return planned.ok ? planned.blockers.map(({ message, line }) => `${line}: ${message}`) : ['no plan'];
}

const withStep = (url: string) =>
  notes.replace('### Deployment Steps\n', `### Deployment Steps\n1. Ask the gate\n   - Request: GET \`${url}\`\n`);
const where = 'the environment profile of notes-api in production';
const line = notes.split('\n').indexOf('### Deployment Steps') + 2;

describe('a host that is called and not allowed', () => {
  it('blocks the plan before anything is touched, with the entry to add', () => {
    expect(blockersOf(withStep('https://gate.example:8443/close'), {})).toEqual([
      `${line}: add \`"gate.example:8443"\` to \`allow\` in ${where}: Ask the gate calls it`,
    ]);
    expect(blockersOf(withStep('https://gate.example/close'), { allow: [...usual.allow, '*.example:443'] })).toEqual(
      [],
    );
  });

  it('is reported once, with the list where there is none', () => {
    const twice = withStep('https://gate.example/close').replace(
      '- Application health: GET /health',
      '- Application health: GET /health\n- Gate connectivity: verified at `https://gate.example/health`\n- Search connectivity: verified at `https://search.example`',
    );
    expect(blockersOf(twice, { allow: [] })).toEqual([
      `${line}: add \`allow: ["gate.example:443"]\` to ${where}: Ask the gate calls it`,
      expect.stringMatching(/add `"search\.example:443"` to `allow` in .*: Search connectivity calls it$/),
    ]);
  });

  it('is not one that the profile itself names', () => {
    expect(blockersOf(notes, { allow: [] })).toEqual([]);
  });

  it('is known by what the document writes itself, and left to the preflight where it does not', () => {
    const declared = (value: string) =>
      withStep('https://${GATE}/close').replace('LOG_LEVEL=info', `LOG_LEVEL=info\nGATE=${value}`);
    expect(blockersOf(declared('gate.example'), {})).toEqual([expect.stringContaining('"gate.example:443"')]);
    expect(blockersOf(declared('<secret: GATE>'), {})).toEqual([]);
  });
});
