import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { issueToken, readToken } from '../src/token.mjs';

const key = 'a key of the tests';
const now = Date.parse('2025-01-07T09:00:00Z');
const token = issueToken({ user: 'ada', key, now });

describe('a token', () => {
  it('says who logged in', () => assert.equal(readToken({ token, key, now }).sub, 'ada'));
  it('is refused after an hour', () => assert.equal(readToken({ token, key, now: now + 3_600_001 }), null));
  it('is refused under another key', () => assert.equal(readToken({ token, key: 'another', now }), null));
  it('is refused when its header names another algorithm', () => {
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    assert.equal(readToken({ token: [header, ...token.split('.').slice(1)].join('.'), key, now }), null);
  });
});
