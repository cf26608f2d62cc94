import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedIo } from '@backstay/guarded-io';
import { localServer, type LocalServer } from '@backstay/guarded-io/testing';
import { cloudFrontDouble } from './cloudfront-double.test-support.ts';
import { probeDependencies } from './probe-dependencies.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hunter22/EXAMPLE+KEY' };
let double: LocalServer;
beforeAll(async () => {
  double = await cloudFrontDouble(
    {
      EREADY: { status: 'Deployed', enabled: true },
      EBUSY: { status: 'InProgress', enabled: true },
      EOFF: { status: 'Deployed', enabled: false },
    },
    credentials,
  );
});
afterAll(() => double?.close());

const known: Record<string, string> = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};
const probe = async (distribution: string, { variables = known, url = double.url, allow = ['127.0.0.1:*'] } = {}) => {
  const check = { kind: 'cloudfront', distribution, url } as const;
  const [result] = await probeDependencies([{ title: 'CDN', check, origin: 'profile', source: { line: 7 } }], {
    ...guardedIo({ allow, environmentVariables: [] }),
    variables: (name) => variables[name],
    runCommand: async () => ({ exitCode: 0 }),
    runningVersion: async () => null,
    timeoutMs: 3_000,
  });
  return result!;
};

describe('a CloudFront distribution, asked of a double of its API', () => {
  it('is ready when it is deployed and enabled', async () => {
    expect(await probe('EREADY')).toEqual({
      title: 'CDN',
      passed: true,
      observed: 'distribution EREADY is Deployed, enabled',
      line: 7,
    });
  });

  it('is asked below a path, too', async () => {
    expect(await probe('EREADY', { url: `${double.url}/` })).toMatchObject({ passed: true });
  });

  it('is asked with the token of a session, which is signed as well', async () => {
    const variables = { ...known, AWS_SESSION_TOKEN: 'a token/of+a=session' };
    expect(await probe('EREADY', { variables })).toMatchObject({ passed: true });
  });

  it.each([
    ['EBUSY', 'distribution EBUSY is InProgress, enabled'],
    ['EOFF', 'distribution EOFF is Deployed, disabled'],
    ['ENOWHERE', 'CloudFront responded with 404 NoSuchDistribution'],
  ])('is not ready: %s', async (distribution, reason) => {
    expect(await probe(distribution)).toMatchObject({ passed: false, reason });
  });

  it.each([
    ['another secret', { ...known, AWS_SECRET_ACCESS_KEY: 'hunter23' }, '403 SignatureDoesNotMatch'],
    ['another key', { ...known, AWS_ACCESS_KEY_ID: 'AKIDOTHER' }, '403 InvalidClientTokenId'],
    ['no secret', { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' }, '${AWS_SECRET_ACCESS_KEY}'],
  ])('is not known with %s, and no value of it is reported', async (_what, variables, reason) => {
    const result = await probe('EREADY', { variables });
    expect(result).toMatchObject({ passed: false, reason: expect.stringContaining(reason) });
    expect(JSON.stringify(result)).not.toMatch(/hunter2|AKID/);
  });

  it('is asked for only where the environment allows it', async () => {
    expect(await probe('EREADY', { allow: [] })).toMatchObject({ reason: expect.stringContaining('allow-list') });
  });

  it.each([
    ['no XML', 'fine'],
    [
      'a document type',
      '<!DOCTYPE a [<!ENTITY b "Deployed">]><Distribution><Id>E1</Id><Status>&b;</Status></Distribution>',
    ],
    ['a cut reply', '<Distribution><Id>E1</Id><Status>Deployed</Status>'],
    [
      'another distribution',
      '<Distribution><Id>E2</Id><Status>Deployed</Status><DistributionConfig><Enabled>true</Enabled></DistributionConfig></Distribution>',
    ],
  ])('is not taken from %s', async (_what, body) => {
    const server = await localServer({ 'GET /2020-05-31/distribution/E1': () => body });
    try {
      expect(await probe('E1', { url: server.url })).toMatchObject({
        passed: false,
        reason: 'CloudFront did not respond with distribution E1',
      });
    } finally {
      await server.close();
    }
  });
});
