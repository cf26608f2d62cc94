import { describe, expect, it } from '@jest/globals';
import { accepted } from './accepted.ts';
import { NotAcceptable } from './errors.ts';

const offered = ['application/json', 'application/x-ndjson', 'text/csv'];

describe('what is accepted', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['TEXT/CSV; q=0.9, application/json;q=0.8', 'text/csv'],
    ['*/*;q=0.1, application/x-ndjson', 'application/x-ndjson'],
    ['application/json;q=0, */*', 'application/x-ndjson'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
  ])('by %j is %s', (accept, expected) => {
    expect(accepted(accept, offered)).toBe(expected);
  });

  it.each(['text/html', 'application/json;q=0', 'nonsense'])('by %s is nothing', (accept) => {
    expect(() => accepted(accept, offered)).toThrow(NotAcceptable);
  });
});
