import { describe, expect, it } from 'vitest';
import { bindings, documentOf, fixture, planOf, profiles, sha256 } from '../testing/fixtures.test-support.ts';
import { makePlan } from './make-plan.ts';
import { parseDocument } from '../reading/parse.ts';
import { printPlan } from '../printing/print-plan.ts';
import { serviceProfile } from '../context/profiles.ts';

const text = (line: string) =>
  fixture('notes-api.md').replace('- CDN: CloudFront distribution ready', `- CDN: CloudFront distribution ${line}`);
const withoutProbe = () => {
  const profile = serviceProfile(profiles(), 'production', 'notes-api')!;
  const { CDN: _, ...probes } = profile.probes;
  return { ...profile, probes };
};
const cdnOf = (...given: Parameters<typeof planOf>) =>
  planOf(...given).plan.dependencies.find(({ title }) => title === 'CDN');

describe('a CloudFront distribution', () => {
  it.each(['`E2QWRUHEXAMPLE` ready', 'E2QWRUHEXAMPLE ready'])('is asked for by its id: %s', (line) => {
    expect(cdnOf(text(line), { profile: withoutProbe() })).toMatchObject({
      check: { kind: 'cloudfront', distribution: 'E2QWRUHEXAMPLE' },
      origin: 'document',
    });
  });

  it('is asked where the profile says, and is the same procedure', () => {
    const [here, there] = [planOf(text('`E1` ready')), planOf(text('`E1` ready'), { profile: withoutProbe() })];
    expect(here.plan.dependencies.find(({ title }) => title === 'CDN')?.check).toEqual({
      kind: 'cloudfront',
      distribution: 'E1',
      url: 'http://127.0.0.1:18082/ready',
    });
    expect(here.plan.procedureDigest).toBe(there.plan.procedureDigest);
  });

  it('without an id, or at a URL, is a URL that responds', () => {
    expect(cdnOf(text('ready'))?.check).toMatchObject({ kind: 'url' });
    expect(cdnOf(text('`E1` ready at `https://cdn.example.org`'))?.check).toEqual({
      kind: 'url',
      url: 'https://cdn.example.org',
    });
  });

  it('needs the credentials of AWS by their names', () => {
    const planned = makePlan(documentOf(text('`E1` ready')), {
      bindings: { ...bindings(), secrets: { ...bindings().secrets, 'AWS credentials': ['AWS_ACCESS_KEY_ID'] } },
      profile: withoutProbe(),
      digest: sha256,
    });
    expect(JSON.stringify(planned)).toContain('${AWS_SECRET_ACCESS_KEY} is declared nowhere');
  });

  it('says what is not an id', () => {
    const parsed = parseDocument(text('`my cdn` ready'));
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ code: 'bad-name' }]);
  });

  it('is printed as it is read', () => {
    const { plan } = planOf(text('`E1` ready'));
    expect(planOf(printPlan(plan)).plan.dependencies).toMatchObject(
      plan.dependencies.map(({ title, check }) => ({ title, check })),
    );
  });
});
