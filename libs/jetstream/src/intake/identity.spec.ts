import { describe, expect, it } from 'vitest';
import { bodyDigest, deploymentId } from './identity.ts';

describe('the identity of a deployment', () => {
  it('is the same for the same source and id, for ever', () => {
    expect(deploymentId({ source: '/ci/notes-api', id: '42' })).toBe('625be356-a8d0-5f6c-a7ca-aa24e0714af2');
  });

  it('is found for text that is no well-formed Unicode', () => {
    expect(deploymentId({ source: '/ci/\ud800', id: '42' })).toBe(deploymentId({ source: '/ci/\ufffd', id: '42' }));
  });

  it('differs when source or id differ', () => {
    const ids = [
      deploymentId({ source: 'a', id: 'bc' }),
      deploymentId({ source: 'ab', id: 'c' }),
      deploymentId({ source: 'a', id: 'b' }),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it('is another one for each publisher, and for who has no name', () => {
    const request = { source: '/ci/notes-api', id: '42' };
    const ids = [{}, { publisher: 'ci' }, { publisher: 'release-train' }].map((by) =>
      deploymentId({ ...by, ...request }),
    );
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe('d0dc94e4-fd71-592f-8a88-a2f2bd718997');
  });

  it.each([
    ['an empty source', { source: '', id: '1' }],
    ['an empty id', { source: 'a', id: '' }],
    ['a line feed, which could imitate another pair', { source: 'a\nb', id: '1' }],
  ])('is refused for %s', (_, origin) => {
    expect(() => deploymentId(origin)).toThrow(TypeError);
  });
});

describe('the digest of a request', () => {
  it('does not depend on the order of members', () => {
    expect(bodyDigest({ document: '# A', version: '1' })).toBe(bodyDigest({ version: '1', document: '# A' }));
  });

  it('distinguishes another request', () => {
    expect(bodyDigest({ document: '# A' })).not.toBe(bodyDigest({ document: '# B' }));
    expect(bodyDigest({ document: '# A' })).toMatch(/^[0-9a-f]{64}$/);
  });
});
