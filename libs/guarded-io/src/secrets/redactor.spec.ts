import { describe, expect, it } from 'vitest';
import { redactor } from './redactor.ts';
import { Secret } from './secret.ts';

const secret = (value: string) => new Secret('TOKEN', value);

describe('redactor', () => {
  it('masks a value wherever it stands', () => {
    expect(redactor([secret('s3cr3t/value')]).text('a s3cr3t/value, twice: s3cr3t/value')).toBe('a ***, twice: ***');
  });

  it.each([
    ['URL-encoded', encodeURIComponent('p@ss w/rd"+')],
    ['URL-encoded as a form', encodeURIComponent('p@ss w/rd"+').replaceAll('%20', '+')],
    ['JSON-escaped', JSON.stringify('p@ss w/rd"+').slice(1, -1)],
  ])('masks it %s', (_form, shown) => {
    expect(redactor([secret('p@ss w/rd"+')]).text(`<${shown}>`)).toBe('<***>');
  });

  it.each(['', 'u:', 'us:', 'usr:'])('masks it in base64 behind %j', (before) => {
    const encoded = Buffer.from(`${before}a-long-password!`).toString('base64');
    expect(redactor([secret('a-long-password!')]).text(encoded)).toMatch(/^.{0,6}\*\*\*.{0,3}$/);
  });

  it('masks it where it became part of a host', () => {
    const { host } = new URL('https://T0P-S3cret.example.com/');
    expect(redactor([secret('T0P-S3cret')]).text(`${host} refused`)).toBe('***.example.com refused');
    expect(redactor([secret('Orders')]).text('orders')).toBe('orders');
  });

  it('masks the password of a connection string that is shown alone', () => {
    expect(redactor([secret('postgres://app:hunter%212@db/orders')]).text('refused hunter!2 and hunter%212')).toBe(
      'refused *** and ***',
    );
  });

  it('masks the lines of a key that are shown alone', () => {
    expect(redactor([secret('-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----')]).text('line MIIEvQIBADANBg')).toBe(
      'line ***',
    );
  });

  it('prefers the longer of two values that begin alike', () => {
    expect(redactor(['abcd', 'abcdef']).text('abcdef abcd')).toBe('*** ***');
  });

  it('leaves values alone that are too short to hide', () => {
    expect(redactor(['1', '']).text('1 of 10')).toBe('1 of 10');
  });
});

describe('redactor over a stream', () => {
  const values = ['abcd', 'abcdefgh', 'dxyz1'];
  const text = 'abc abcd abcdefg abcdefgh dxyz1 abcdxyz1 ünd abcdef';

  it('gives the same text for every way of cutting it', () => {
    const { text: whole, stream } = redactor(values);
    const bytes = Buffer.from(text);
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 1) {
        const { write, end } = stream();
        const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(parts.map(write).join('') + end()).toBe(whole(text));
      }
    }
  });

  it('holds back no more than the beginning of a value', () => {
    const { write, end } = redactor(['password']).stream();
    expect(write('the pass')).toBe('the ');
    expect(write('age is free')).toBe('passage is free');
    expect(end()).toBe('');
  });
});
