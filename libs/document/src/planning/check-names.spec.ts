import { describe, expect, it } from 'vitest';
import { bindings, documentOf, fixture, planOf, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { parseBindings } from '../context/bindings.ts';
import { parseProfiles, serviceProfile, type ServiceProfile } from '../context/profiles.ts';
import { acceptPlan } from './accept-plan.ts';
import { makePlan } from './make-plan.ts';

const notes = fixture('notes-api.md');
const usual = serviceProfile(profiles(), 'production', 'notes-api')!;
const { plan } = planOf(notes);
const ofDocument = plan.environmentVariables.flatMap(({ from, secret }) => (from === 'secret' ? [secret!] : []));
const ofBindings = plan.secrets.flatMap(({ names }) => names);

function planned(changes: Partial<ServiceProfile>, text = notes) {
  return makePlan(documentOf(text), { bindings: bindings(), profile: { ...usual, ...changes }, digest: sha256 });
}

function blockers(changes: Partial<ServiceProfile>, text = notes): readonly string[] {
  const made = planned(changes, text);
  return made.ok ? made.blockers.map(({ message }) => message) : made.problems.map(({ message }) => message);
}

const withDescription = notes.replace('LOG_LEVEL=info', 'LOG_LEVEL=info\nREGION=<where it runs>');
const inJson = (changes: object, profile: ServiceProfile = usual) => {
  const accepted = acceptPlan(JSON.parse(JSON.stringify({ ...plan, ...changes })), sha256, profile);
  return accepted.ok ? [] : accepted.problems.map(({ message }) => message);
};
const source = { line: 1 };

describe('what the profile lists', () => {
  it('is all that the documents may name; without a list they may name everything', () => {
    expect(blockers({})).toEqual([]);
    expect(blockers({ secrets: [...ofDocument, ...ofBindings] })).toEqual([]);
    const [first, ...others] = [...ofDocument, ...ofBindings];
    expect(blockers({ secrets: others })).toEqual([
      expect.stringMatching(
        new RegExp(`^add \`${first}\` to \`secrets\` in the environment profile .*: the document names`),
      ),
    ]);
    expect(blockers({ variables: [] }, withDescription)).toEqual([
      expect.stringMatching(/^add `variables: \[REGION\]` to the environment profile/),
    ]);
    expect(blockers({ variables: ['REGION'] }, withDescription)).toEqual([]);
  });

  it('binds a plan in JSON as well', () => {
    expect(inJson({}, { ...usual, secrets: [...ofDocument, ...ofBindings] })).toEqual([]);
    expect(inJson({}, { ...usual, secrets: [] })).toContainEqual(
      expect.stringContaining('is not among the `secrets` of the environment profile'),
    );
  });

  it('is read from the profile', () => {
    const text = 'environments: { production: { services: { a: { secrets: [DB_PASSWORD], variables: [REGION] } } } }';
    const parsed = parseProfiles(text);
    expect(parsed.ok && serviceProfile(parsed.profiles, 'production', 'a')).toMatchObject({
      secrets: ['DB_PASSWORD'],
      variables: ['REGION'],
    });
  });
});

describe('a value of the platform or of another environment', () => {
  it.each([
    ['BACKSTAY_POSTGRES_URL', 'is a setting of the platform'],
    ['STAGING__PAY', 'is a value of the environment staging'],
    ['EU_WEST__PAY', 'is a value of the environment eu-west'],
  ])('is refused in bindings and plans in JSON: %s', (name, why) => {
    const profile = { ...usual, others: ['eu-west'] };
    const parsed = parseBindings(`smoke: { User Login: { body: '{"key":"\${${name}}"}' } }`);
    const bound = parsed.ok ? { ...bindings(), smoke: parsed.bindings.smoke } : bindings();
    const made = makePlan(documentOf(notes), { bindings: bound, profile, digest: sha256 });
    expect(made.ok ? [] : made.problems).toMatchObject([
      { code: 'reserved-name', message: expect.stringContaining(why) },
    ]);
    const variables = [{ name, from: 'provided', hint: 'x', source }];
    expect(inJson({ environmentVariables: variables }, profile)).toContainEqual(expect.stringContaining(why));
    const secrets = [{ title: 'Secrets', names: [name], origin: 'document', source }];
    expect(inJson({ secrets: [...plan.secrets, ...secrets] }, profile)).toEqual([expect.stringContaining(why)]);
  });

  it('is refused where a plan in JSON names it in a request and declares it nowhere', () => {
    const [test] = plan.smokeTests;
    const asking = (name: string) => [{ ...test!, request: { ...test!.request, headers: { 'x-key': `\${${name}}` } } }];
    expect(inJson({ smokeTests: asking('BACKSTAY_POSTGRES_URL') })).toEqual([
      expect.stringContaining('/smokeTests/0/request/headers/x-key: “BACKSTAY_POSTGRES_URL” is a setting'),
    ]);
    const profile = { ...usual, secrets: [...ofDocument, ...ofBindings] };
    expect(inJson({ smokeTests: asking('OTHERS_KEY') }, profile)).toEqual([
      expect.stringContaining('OTHERS_KEY is not among the `secrets`'),
    ]);
    expect(inJson({ smokeTests: asking('VERSION') }, profile)).toEqual([]);
  });

  it.each([
    ['secrets', '[PAY, BACKSTAY_POSTGRES_URL]', 'is a setting of the platform'],
    ['variables', '[backstay_x]', 'is a setting of the platform'],
    ['variables', '[STAGING__A]', 'is a value of the environment staging'],
    ['secrets', '[eu_west__A]', 'is a value of the environment eu-west'],
  ])('is not listed in a profile: %s: %s', (list, names, why) => {
    const others = 'environments:\n  eu-west: { services: {} }\n';
    const read = parseProfiles(`${others}  production:\n    services:\n      a:\n        ${list}: ${names}\n`);
    expect(read.ok ? [] : read.problems).toMatchObject([
      { line: 6, code: 'reserved-name', message: expect.stringContaining(why) },
    ]);
    const staging = `${others}  staging: { services: { a: { variables: [STAGING__A, STAGING_A, MY_BACKSTAY_X] } } }\n`;
    expect(parseProfiles(staging)).toMatchObject({ ok: true });
  });

  it('is not one whose name is only alike, or that is of this environment', () => {
    for (const name of ['PRODUCTION__PAY', 'STAGING_PAY', 'PRE_STAGING__PAY', 'MY_BACKSTAY_KEY']) {
      const secrets = [{ title: 'Secrets', names: [name], origin: 'document', source }];
      expect(inJson({ secrets: [...plan.secrets, ...secrets] })).toEqual([]);
    }
  });
});

describe('a header that HTTP itself sets', () => {
  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Upgrade',
    'HTTP2-Settings',
    'Trailer',
    'trailers',
  ])('is refused: %s', (name) => {
    const parsed = parseBindings(`smoke: { User Login: { headers: { ${name}: x } } }`);
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ message: expect.stringContaining(`header “${name}”`) }]);
    const [test] = plan.smokeTests;
    const smokeTests = [{ ...test!, request: { ...test!.request, headers: { [name]: 'x' } } }];
    expect(inJson({ smokeTests })).toEqual([expect.stringContaining(`HTTP itself sets the header “${name}”`)]);
  });
});
