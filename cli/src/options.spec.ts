import { describe, expect, it } from 'vitest';
import { evidenceKinds as taken } from '@backstay/deployment';
import { countOption, durationOption, evidenceKinds, evidenceOption, labelOption, portOption } from './options.ts';

it('the kinds of reports are those that the platform takes', () => {
  expect(evidenceKinds).toEqual(taken);
  expect(() => evidenceOption(`kind=tests,path=a.xml,sha256=${'a'.repeat(64)}`)).toThrow(
    'expected one of junit, sarif',
  );
});

describe('options', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
  ])('take the duration %s', (text, ms) => {
    expect(durationOption(text)).toBe(ms);
  });

  it.each(['', '5', 'soon', '5 s', '-1s'])('refuse the duration "%s"', (text) => {
    expect(() => durationOption(text)).toThrow('Expected a duration');
  });

  it('take counts and ports', () => {
    expect([countOption('50'), portOption('0'), portOption('7300')]).toEqual([50, 0, 7300]);
    expect(() => countOption('0')).toThrow('positive');
    expect(() => portOption('70000')).toThrow('port');
  });

  it('gather labels', () => {
    expect(labelOption('run=8812', labelOption('by=ci=1'))).toEqual({ by: 'ci=1', run: '8812' });
    expect(() => labelOption('run')).toThrow('NAME=value');
  });

  it('refuse what is given twice, rather than take one of the two', () => {
    expect(() => labelOption('run=2', labelOption('run=1'))).toThrow('run is given twice; give it once');
    expect(labelOption('toString=1')).toEqual({ toString: '1' });
    for (const field of ['kind=junit', 'path=b', 'sha256=bb', 'commit=d', 'commit='])
      expect(() => evidenceOption(`kind=junit,path=a,sha256=aa,commit=c,${field}`)).toThrow(
        `${field.split('=', 1)[0]} is given twice`,
      );
  });

  it('gather evidence', () => {
    const entries = evidenceOption(
      'kind=sarif,url=http://x/y,sha256=bb',
      evidenceOption('kind=junit,path=a,sha256=aa'),
    );
    expect(entries).toEqual([
      { kind: 'junit', path: 'a', sha256: 'aa' },
      { kind: 'sarif', url: 'http://x/y', sha256: 'bb' },
    ]);
  });

  it.each(['kind=junit', 'kind=junit,path=a', 'kind=junit,path=a,url=b,sha256=c', 'kind=a,path=b,sha256=c,size=1'])(
    'refuse the evidence %s',
    (text) => {
      expect(() => evidenceOption(text)).toThrow('Expected kind=');
    },
  );
});
