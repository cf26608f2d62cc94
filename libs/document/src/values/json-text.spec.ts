import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { jsonPointer } from './json-pointer.ts';
import { mustNameOnce, NameTwice, readJson, readWrittenJson } from './json-text.ts';
import { placeOfPointer } from '../planning/json-place.ts';
import { readPlanText } from '../planning/plan-text.ts';
import { lint } from '../reading/lint.ts';
import { fixture, sha256 } from '../testing/fixtures.test-support.ts';

const twiceIn = (text: string): NameTwice | undefined => {
  try {
    readJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof NameTwice) return error;
    throw error;
  }
};

describe('JSON with a name twice in one object', () => {
  it.each([
    ['{"rehearse":true,"rehearse":false}', '/rehearse', 17],
    ['{"runs":[{},{"results":[1],"results":[]}]}', '/runs/1/results', 27],
    ['{"a":{"b":1},"c":2,"a":3}', '/a', 19],
    ['{"a":1,"\\u0061":2}', '/a', 7],
    ['{"a~/b":1,"a~/b":1}', '/a~0~1b', 10],
    ['[[],[{"":1, "" :1}]]', '/1/0/', 12],
    ['{"__proto__":1,"__proto__":2}', '/__proto__', 15],
  ])('is refused with its pointer and its offset: %s', (text, pointer, offset) => {
    expect(twiceIn(text)).toMatchObject({ pointer, offset, message: `has a name twice in one object: ${pointer}` });
    expect(() => readWrittenJson(text)).toThrow(NameTwice);
  });

  it.each(['{"a":{"a":1},"b":[{"a":1},{"a":1}]}', '{"a":"a","A":1}', '{"a":"\\",\\"a\\":","b":",{"}', '["a","a"]'])(
    'is not what has it in several objects, as a value, or in other letters: %s',
    (text) => {
      expect(readJson(text)).toEqual(JSON.parse(text));
    },
  );

  it('is refused wherever a member of any JSON is written again, with its place, and nothing else is', () => {
    const spaces = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), spaces, (json, nth, space) => {
        const value: unknown = JSON.parse(json);
        expect(twiceIn(JSON.stringify(value, null, space))).toBeUndefined();
        const members = pathsIn(value);
        if (members.length === 0) return;
        const path = members[nth % members.length]!;
        const text = withAgain(value, path);
        const found = twiceIn(text)!;
        expect(found.pointer).toBe(jsonPointer(path));
        expect(placeOfPointer(text, jsonPointer(path)).column).toBeLessThan(found.offset + 1);
      }),
      runs(300),
    );
  });

  it('is looked for in one pass, whatever the size and depth', () => {
    const wide = `{${Array.from({ length: 50_000 }, (_, index) => `"n${index}":{"a":[1]}`).join(',')}`;
    expect(() => mustNameOnce(`${wide}}`)).not.toThrow();
    expect(() => mustNameOnce(`${wide},"n0":1}`)).toThrow(NameTwice);
    for (const broken of ['{"a', '{"\\x":1,"\\x":', '}}{"a":1]', '"\\'])
      expect(() => readJson(broken)).toThrow(/is not JSON/);
  });

  it('is refused in a plan', () => {
    const read = readPlanText('{"plan": {\n "service": "a",\n "service": "b"}}', sha256);
    expect(read.ok ? [] : read.problems).toMatchObject([
      { line: 3, column: 2, code: 'bad-plan', pointer: '/plan/service', message: expect.stringContaining('twice') },
    ]);
  });

  const withBody = (body: string) => lint(fixture('orders-api.md').replace(/- Body: `[^`]+`/, `- Body: \`${body}\``));
  const ofBody = (body: string) => withBody(body).filter(({ code }) => code === 'bad-body');

  it('is refused in the body of a request', () => {
    expect(ofBody('{"a": 1, "a": 2}')).toMatchObject([{ message: 'this body has a name twice in one object: /a' }]);
    expect(ofBody('{"${VERSION}": 1, "${VERSION}": 2}')).toMatchObject([{ code: 'bad-body' }]);
  });

  it('is not what has different variables as names', () => {
    expect(ofBody('{"${VERSION}": 1, "${LOG_LEVEL}": ${VERSION}}')).toEqual([]);
  });
});

type Path = (string | number)[];

/** Of every member of an object. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    return Array.isArray(value) ? pathsIn(each, path) : [path, ...pathsIn(each, path)];
  });
}

/** The text of a value in which the member at the path stands twice, one behind the other. */
function withAgain(value: unknown, [key, ...rest]: Path): string {
  const inner = (name: string, each: unknown): string =>
    name === String(key) && rest.length > 0 ? withAgain(each, rest) : JSON.stringify(each);
  if (Array.isArray(value)) return `[${value.map((each, index) => inner(String(index), each)).join(',')}]`;
  const members = Object.entries(value as object).flatMap(([name, each]) => {
    const member = `${JSON.stringify(name)}:${inner(name, each)}`;
    return name === key && rest.length === 0 ? [member, `${JSON.stringify(name)}:null`] : [member];
  });
  return `{${members.join(',')}}`;
}
