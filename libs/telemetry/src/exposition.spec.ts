import { describe, expect, it } from 'vitest';
import { identity, parseExposition, parseNumber } from './exposition.ts';

const parse = (text: string, openMetrics = false) => parseExposition(text, openMetrics, () => true);
const labels = (given: Record<string, string> = {}) => new Map(Object.entries(given));

describe('the exposition formats', () => {
  it.each([
    ['a plain series', 'up 1', { name: 'up', labels: labels(), value: 1 }],
    ['labels', 'a_total{x="1",y="2"} 3', { name: 'a_total', labels: labels({ x: '1', y: '2' }), value: 3 }],
    ['no white space after the labels', 'a{x="1"}3', { name: 'a', labels: labels({ x: '1' }), value: 3 }],
    ['white space between all parts', 'a { x = "1" , } \t 3 ', { name: 'a', labels: labels({ x: '1' }), value: 3 }],
    ['a name in quotes', '{"a.b",x="1"} 3', { name: 'a.b', labels: labels({ x: '1' }), value: 3 }],
    ['a label in quotes', 'a{"x.y"="1"} 3', { name: 'a', labels: labels({ 'x.y': '1' }), value: 3 }],
    ['no labels between braces', 'a{} 3', { name: 'a', labels: labels(), value: 3 }],
    [
      'braces and escapes in a value',
      String.raw`a{x="}\"{\\\n"} 3`,
      { name: 'a', labels: labels({ x: '}"{\\\n' }), value: 3 },
    ],
    ['exponents', 'a 1.5e+03', { name: 'a', labels: labels(), value: 1500 }],
    ['infinity', 'a{le="+Inf"} +Inf', { name: 'a', labels: labels({ le: '+Inf' }), value: Infinity }],
    ['not a number', 'a NaN', { name: 'a', labels: labels(), value: NaN }],
    ['a timestamp', 'a 1 1700000000000', { name: 'a', labels: labels(), value: 1, time: 1_700_000_000_000 }],
    ['Windows line ends', 'a 1\r', { name: 'a', labels: labels(), value: 1 }],
  ])('read %s', (_, line, series) => {
    expect(parse(`${line}\n`).series).toEqual([series]);
  });

  it('read OpenMetrics: timestamps in seconds, exemplars, the closing line', () => {
    const text = '# TYPE h histogram\nh_bucket{le="1"} 5 1700000000.5 # {trace_id="x"} 0.5 1700000000\n# EOF\n';
    expect(parse(text, true).series).toEqual([
      { name: 'h_bucket', labels: labels({ le: '1' }), value: 5, time: 1_700_000_000_500 },
    ]);
  });

  it('know a metric that is declared and has no series yet', () => {
    const { names } = parse('# TYPE http_requests counter\n# TYPE h histogram\n# EOF\n', true);
    expect([...names]).toEqual(['http_requests', 'http_requests_total', 'h_bucket', 'h_count', 'h_sum']);
  });

  it.each([
    '???',
    'b{x="1" 2',
    'b{x=1} 2',
    'b{x="1"y="2"} 2',
    'b{x="1",x="2"} 2',
    'b{x} 2',
    'c',
    'd one',
    'd 0x10',
    'd 1_000',
    'd 1 soon',
    'd 1 2 3',
    'd 1 # {a="b"} 1',
    '{x="1"} 2',
    'b{"c"} 2',
  ])('refuse a text with a line that cannot be read, and name it: %s', (line) => {
    expect(() => parse(`a 1\n${line}\ne 5`)).toThrow(`line 2 is not of the exposition format: ${line}`);
  });

  it('refuse a series that stands twice, in whatever order its labels are', () => {
    expect(() => parse('a{x="1",y="2"} 1\na{y="2", x="1"} 2\n')).toThrow('line 2 has a series for the second time');
  });

  it.each(['a 1\nb 5', '# TYPE a counter\n# TYP', 'a 1\r'])('refuse a text whose last line has no end: %j', (text) => {
    expect(() => parse(text)).toThrow(/not whole: its line \d has no end|holds no metrics/);
  });

  it('take the last line of OpenMetrics with or without an end', () => {
    for (const end of ['# EOF', '# EOF\n']) expect(parse(`a 1\n${end}`, true).series).toHaveLength(1);
    expect(() => parse('a 1\n# EO', true)).toThrow('not whole');
  });

  it('refuse OpenMetrics without its end', () => {
    expect(() => parse('a 1\n', true)).toThrow('does not end with # EOF');
  });

  it.each(['', '\n\n', '<html>login</html>', '{"error":"no"}'])('refuse a text without metrics: %j', (text) => {
    expect(() => parse(text)).toThrow('holds no metrics');
  });

  it('refuse more than 100,000 series, kept or not', () => {
    expect(() => parseExposition('a 1\n'.repeat(100_001), false, () => false)).toThrow('more than 100000 series');
  });

  it('take time in proportion to what stands between the braces', () => {
    expect(() => parse(`a{${'a'.repeat(2_000_000)}} 1\nb 1\n`)).toThrow('line 1');
  });

  it.each([
    ['in another order', 'a{x="1",y="2"} 1', 'a{y="2",x="1"} 1'],
    ['with blanks and a comma at the end', 'a{x="1"} 1', 'a { x = "1", } 1'],
    ['with a bound in another spelling', 'a_bucket{le="1"} 1', 'a_bucket{le="1.0"} 1'],
    ['with a label that is empty', 'a 1', 'a{x=""} 1'],
  ])('know the same series %s', (_, one, other) => {
    const [[first], [second]] = [parse(`${one}\n`).series, parse(`${other}\n`).series];
    expect(identity(first!)).toBe(identity(second!));
  });

  it.each([
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['1e3', 1000],
    ['.5', 0.5],
    ['', NaN],
    ['x', NaN],
    ['0x10', NaN],
  ])('read the number %j', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });
});
