import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { bindings, documentOf, fixture, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { makePlan } from './make-plan.ts';
import { parseProfiles, serviceProfile, type Profiles } from '../context/profiles.ts';

const notes = fixture('notes-api.md');

function missingIn(text: string, known: Profiles): string[] {
  const document = documentOf(text);
  const environment = document.scope.environments[0]!;
  const profile = serviceProfile(known, environment, document.scope.name);
  const planned = makePlan(document, { bindings: bindings(), profile, profiles: known, digest: sha256 });
  const entries = (planned.blockers ?? []).filter(({ code }) => code === 'missing-profile-entry');
  return entries.map(({ message }) => message);
}

describe('a service that has no entry in the environment profile', () => {
  it('is reported once, with what was probably meant', () => {
    expect(missingIn(notes.replace('Name: notes-api', 'Name: notes-apo'), profiles())).toEqual([
      'the environment profile has no entry for notes-apo in production; it has notes-api, orders-api; did you mean “notes-api”?',
    ]);
  });

  it('also where only the beginning is alike', () => {
    const [message] = missingIn(notes.replace('Name: notes-api', 'Name: notes-service'), profiles());
    expect(message).toMatch(/did you mean “notes-api”\?$/);
  });

  it('is reported with the entry to add where nothing is alike, and that entry is enough', () => {
    const text = notes.replace('Name: notes-api', 'Name: ledger');
    const [message, ...others] = missingIn(text, profiles());
    expect(others).toEqual([]);
    const [, entry] = /it has notes-api, orders-api; add `(ledger: .*)` to `services` of production$/.exec(message!)!;
    const yaml = parse(fixture('environments.yaml')) as { environments: { production: { services: object } } };
    Object.assign(yaml.environments.production.services, parse(entry!));
    const corrected = parseProfiles(stringify(yaml).replaceAll('http://…', 'http://127.0.0.1:1'));
    if (!corrected.ok) throw new Error(JSON.stringify(corrected.problems, null, 2));
    expect(missingIn(text, corrected.profiles)).toEqual([]);
  });

  it('and an environment that it does not have, likewise', () => {
    const only = { environments: { staging: profiles().environments['staging']! } };
    expect(missingIn(notes, only)).toEqual([
      expect.stringMatching(
        /^the environment profile has no environment production; it has staging; add `production: \{ services: \{ notes-api: \{ .*`environments`$/,
      ),
    ]);
  });
});

describe('a channel that the profile does not have', () => {
  it('is reported with the one that was probably meant', () => {
    const text = notes.replace('CPU > 80%: Warning', 'CPU > 80%: Notify #on-cal');
    expect(missingIn(text, profiles())).toEqual([
      'add `"#on-cal": "webhook <secret: NAME>"` to `notify` in the environment profile of notes-api in production; did you mean “on-call”?',
    ]);
  });
});
