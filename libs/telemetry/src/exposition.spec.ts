import { describe, expect, it } from 'vitest';
import { labelOf, parseExposition, parseNumber } from './exposition.ts';

const parse = (text: string, openMetrics = false) => parseExposition(text, openMetrics, () => true);

describe('the exposition formats', () => {
  it.each([
    ['a plain series', 'up 1', { name: 'up', labels: '', value: 1 }],
    ['labels', 'a_total{x="1",y="2"} 3', { name: 'a_total', labels: 'x="1",y="2"', value: 3 }],
    ['no white space after the labels', 'a{x="1"}3', { name: 'a', labels: 'x="1"', value: 3 }],
    ['braces and escapes in a value', String.raw`a{x="}\"{"} 3`, { name: 'a', labels: String.raw`x="}\"{"`, value: 3 }],
    ['exponents', 'a 1.5e+03', { name: 'a', labels: '', value: 1500 }],
    ['infinity', 'a{le="+Inf"} +Inf', { name: 'a', labels: 'le="+Inf"', value: Infinity }],
    ['not a number', 'a NaN', { name: 'a', labels: '', value: NaN }],
    ['a timestamp', 'a 1 1700000000000', { name: 'a', labels: '', value: 1, time: 1_700_000_000_000 }],
    ['Windows line ends', 'a 1\r', { name: 'a', labels: '', value: 1 }],
  ])('read %s', (_, line, series) => {
    expect(parse(`${line}\n`).series).toEqual([series]);
  });

  it('read OpenMetrics: timestamps in seconds, exemplars, the closing line', () => {
    const text = '# TYPE h histogram\nh_bucket{le="1"} 5 1700000000.5 # {trace_id="x"} 0.5 1700000000\n# EOF\n';
    expect(parse(text, true).series).toEqual([
      { name: 'h_bucket', labels: 'le="1"', value: 5, time: 1_700_000_000_500 },
    ]);
  });

  it('know a metric that is declared and has no series yet', () => {
    const { names } = parse('# TYPE http_requests counter\n# TYPE h histogram\n', true);
    expect([...names]).toEqual(['http_requests', 'http_requests_total', 'h_bucket', 'h_count', 'h_sum']);
  });

  it('pass over lines that are none of theirs', () => {
    expect(parse('a 1\n???\nb{x="1" 2\nc\nd one\ne 5').series.map(({ name }) => name)).toEqual(['a', 'e']);
  });

  it.each(['', '\n\n', '<html>login</html>', '{"error":"no"}'])('refuse a text without metrics: %j', (text) => {
    expect(() => parse(text)).toThrow('holds no metrics');
  });

  it('refuse more than 100,000 series, kept or not', () => {
    expect(() => parseExposition('a 1\n'.repeat(100_001), false, () => false)).toThrow('more than 100000 series');
  });

  it('find a label, unescaped, and not one within another’s value', () => {
    expect(labelOf(String.raw`path="status=\"1\"",status="500"`, 'status')).toBe('500');
    expect(labelOf(String.raw`path="a\\b\nc"`, 'path')).toBe('a\\b\nc');
    expect(labelOf('a="1"', 'b')).toBeUndefined();
    expect(labelOf('"quoted.name"="1", status="500",', 'status')).toBe('500');
    expect(labelOf('a'.repeat(2_000_000), 'status')).toBeUndefined();
  });

  it.each([
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['1e3', 1000],
    ['', NaN],
    ['x', NaN],
  ])('read the number %j', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });
});
