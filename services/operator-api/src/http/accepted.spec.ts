import { describe, expect, it } from 'vitest';
import { mediaTypes, NotAcceptable } from '@backstay/service-kit/http';
import { accepted } from './accepted.ts';

const { json, ndjson, csv } = mediaTypes;
const offered = [json, ndjson, csv];

describe('what is accepted', () => {
  it.each([
    [undefined, json],
    ['*/*', json],
    ['text/csv', csv],
    ['text/*', csv],
    ['TEXT/CSV; q=0.9, application/json;q=0.8', csv],
    ['*/*;q=0.1, application/x-ndjson', ndjson],
    ['application/json;q=0, */*', ndjson],
    ['text/html, application/xhtml+xml, */*;q=0.8', json],
    ['application/json; charset=utf-8', json],
  ])('by %j is %s', (accept, expected) => {
    expect(accepted(accept, offered)).toBe(expected);
  });

  it.each(['text/html', 'application/json;q=0', 'nonsense', ''])('by %j is nothing', (accept) => {
    expect(() => accepted(accept, offered)).toThrow(NotAcceptable);
  });
});
