import { noQuery, routes, type Route } from '@backstay/api-contract';
import { expectedOneOf } from '@backstay/document';
import { runs } from '@backstay/event-sourcing/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { InvalidRequest } from './errors.ts';
import { checked, checkedQuery } from './valid.ts';

function errorsOf(read: () => unknown): InvalidRequest['errors'] {
  try {
    read();
  } catch (error) {
    return (error as InvalidRequest).errors;
  }
  return [];
}

const table = Object.entries<Route>(routes);
const queried = table.map(([name, { query = noQuery }]) => [name, query] as const);
const parameters = queried.flatMap(([name, query]) =>
  Object.keys(query.shape).map((parameter) => [name, parameter, query] as const),
);

/** What each parameter takes: all other text is refused. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const number = /^[1-9]\d{0,8}$/;
const versionOrTime = new RegExp(`^(0|[1-9]\\d{0,8})$|${instant.source}`);
const status = new RegExp(`^(${routes.getDeployment.response.shape.status.options.join('|')})$`);
const forms: Readonly<Record<string, RegExp>> = {
  limit: number,
  asOf: versionOrTime,
  since: instant,
  until: instant,
  status,
};
const text = /^[^\u0000-\u001f\u007f]+$/u; // oxlint-disable-line no-control-regex

/** Near misses, beside whatever a generator finds. */
const nearMisses = fc.constantFrom(
  '0x10',
  '1e1',
  ' 5',
  '5 ',
  '+5',
  '-5',
  '5.0',
  '05',
  '٥',
  'NaN',
  'Infinity',
  'null',
  '',
  '\u0000',
  'yesterday',
  '2026-01-01',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00 02:00',
  'Planning',
  'planning,held',
);

describe('the query of a request', () => {
  it.each(parameters)(
    'to %s: text that “%s” does not take is refused, with what is expected',
    (_, parameter, query) => {
      const form = forms[parameter] ?? text;
      fc.assert(
        fc.property(fc.oneof(nearMisses, fc.string(), fc.stringMatching(/^[0-9a-fx.+ -]{1,4}$/)), (given) => {
          const errors = errorsOf(() => checkedQuery(query, { [parameter]: given }));
          if (errors.length === 0) expect(given).toMatch(form);
          else expect(errors).toEqual([{ parameter, detail: expect.stringMatching(/^expected /) }]);
        }),
        runs(100),
      );
    },
  );

  it.each(parameters)('to %s: “%s” given more than once is refused', (_, parameter, query) => {
    const repeatedly = (...values: string[]) => errorsOf(() => checkedQuery(query, { [parameter]: values }));
    expect(repeatedly('5', '6')).toEqual([{ parameter, detail: `“${parameter}” is given twice; give it once` }]);
    expect(repeatedly('5', '5', '5')).toEqual([{ parameter, detail: `“${parameter}” is given 3 times; give it once` }]);
  });

  it.each(queried)('to %s: a parameter that it does not have is refused, with those that it has', (_, query) => {
    const known = Object.keys(query.shape);
    const names = fc.string({ minLength: 1 }).filter((name) => !known.includes(name) && name !== '__proto__');
    fc.assert(
      fc.property(names, fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2 })), (parameter, value) => {
        const [error, ...others] = errorsOf(() => checkedQuery(query, { [parameter]: value }));
        expect([error?.parameter, others]).toEqual([parameter, []]);
        expect(error?.detail).toContain(`; ${expectedOneOf(known)}`);
      }),
      runs(30),
    );
  });

  it('has every problem reported at once', () => {
    const query = { limit: ['5', '6'], status: 'green', sevice: 'x', service: 'y' };
    expect(errorsOf(() => checkedQuery(routes.listDeployments.query, query)).map((each) => each.parameter)).toEqual([
      'limit',
      'status',
      'sevice',
    ]);
  });

  it('belongs to its reader: what one of them changes, the next one does not see', () => {
    const first = checkedQuery(routes.listDeployments.query, {});
    first.limit = 7;
    const second = checkedQuery(routes.listDeployments.query, {});
    second.limit = 8;
    expect(checkedQuery(routes.listDeployments.query, {})).toEqual({ limit: 50 });
  });
});

describe('the body of a request', () => {
  const bodies = table.flatMap(([name, { body, example }]) => (body ? [[name, body, example?.body] as const] : []));

  it.each(bodies)(
    'to %s: a key that it does not have is refused at its place, with those that it has',
    (_, body, example) => {
      const [error, ...others] = errorsOf(() => checked(body, { ...(example as object), 'un/known': 1 }));
      expect(others).toEqual([]);
      expect(error?.pointer).toBe('#/un~1known');
      for (const known of Object.keys((body as z.ZodObject).shape)) expect(error?.detail).toContain(known);
    },
  );

  it('has an unknown key of a part reported where it stands, with the name that was meant', () => {
    const digest = 'a'.repeat(64);
    const evidence = [
      { kind: 'junit', sha256: digest },
      { kind: 'junit', sha256: digest, pth: 'a.xml' },
    ];
    const body = { document: '# Deployment', evidence, overrides: [{ code: 'a', reason: 'b', until: 'c' }] };
    expect(errorsOf(() => checked(routes.requestDeployment.body, body))).toEqual([
      {
        pointer: '#/evidence/1/pth',
        detail: '“pth” is not known here; expected one of kind, path, url, sha256, commit; did you mean “path”?',
      },
      { pointer: '#/overrides/0/until', detail: '“until” is not known here; expected one of code, reason' },
    ]);
  });

  it.each([
    ['requestDeployment', { document: 5 }, '#/document', 'expected a text, not 5'],
    ['requestDeployment', { document: 'a', labels: [] }, '#/labels', 'expected names with their values, not a list'],
    ['requestDeployment', { document: 'a', rehearse: 'yes' }, '#/rehearse', 'expected true or false, not “yes”'],
    ['resolveStep', { outcome: 'done', reason: 'a' }, '#/outcome', 'expected completed, failed or retry, not “done”'],
    [
      'confirm',
      { item: true, reason: 'a' },
      '#/item',
      'expected the line of a criterion or the id of a step, not true',
    ],
    ['cancel', { reason: 5 }, '#/reason', 'expected a text, not 5'],
    ['cancel', {}, '#/reason', 'a reason is needed'],
    ['cancel', [], '#', 'expected names with their values, not a list'],
  ] as const)('to %s: %j is refused at %s: %s', (name, body, pointer, detail) => {
    expect(errorsOf(() => checked<unknown>(routes[name].body, body))).toEqual([{ pointer, detail }]);
  });
});
