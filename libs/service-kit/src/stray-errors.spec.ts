import { describe, expect, it } from 'vitest';
import { mayGoOn } from './stray-errors.ts';

const ofSystem = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });

describe('what a process does about an error that nobody has handled', () => {
  it.each([
    ['a connection that cannot be made', ofSystem('ENETUNREACH', 'connect'), 'uncaughtException'],
    ['a connection that breaks', ofSystem('ECONNRESET', 'read'), 'uncaughtException'],
    ['a peer that is gone', ofSystem('EPIPE', 'write'), 'uncaughtException'],
    ['a name that cannot be resolved', ofSystem('EAI_AGAIN', 'getaddrinfo'), 'uncaughtException'],
    ['a promise that nobody awaits', new TypeError('x is not a function'), 'unhandledRejection'],
    ['a promise rejected with nothing', undefined, 'unhandledRejection'],
  ] as const)('goes on after %s', (_, error, origin) => {
    expect(mayGoOn(error, origin)).toBe(true);
  });

  it.each([
    ['a mistake in the program', new TypeError('x is not a function')],
    ['a file that cannot be opened', ofSystem('EMFILE', 'open')],
    ['a value that is no error', 'text'],
    ['nothing', null],
  ])('ends after %s, for its state is not known', (_, error) => {
    expect(mayGoOn(error, 'uncaughtException')).toBe(false);
  });
});
