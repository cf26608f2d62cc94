import { describe, expect, it } from 'vitest';
import { acceptPlan } from '../planning/accept-plan.ts';
import { planOf, sha256 } from '../testing/fixtures.test-support.ts';
import { lint } from '../reading/lint.ts';
import type { Plan } from '../plan/plan.ts';
import { printPlan } from '../printing/print-plan.ts';

const line = '10% to new via HAProxy `/run/haproxy/admin.sock`, backend `orders`';
const documentOf = (step: string, back = '') => `## Deployment Scope
- Name: orders-api
- Version: 2.4.0
- Environment: staging

## Deployment Procedure
### Deployment Steps
1. Shift some
   - Traffic: ${step}
${back === '' ? '' : `\n## Rollback Procedure\n### Rollback Steps\n1. Take it away\n   - Traffic: ${back}\n`}`;

const planned = (step: string, back = '') => planOf(documentOf(step, back)).plan;
const problems = (step: string, back = '') =>
  lint(documentOf(step, back))
    .filter(({ severity }) => severity === 'error')
    .map(({ code, line: at, column, message }) => ({ code, at: `${at}:${column}`, message }));
const indent = '\n   - ';

describe('a step that moves traffic', () => {
  it('says which share goes to which server, by which proxy', () => {
    expect(planned(line).steps[0]).toMatchObject({
      action: {
        kind: 'traffic',
        share: 0.1,
        target: 'new',
        proxy: 'haproxy',
        socket: '/run/haproxy/admin.sock',
        backend: 'orders',
      },
      effect: 'idempotent',
      mutates: true,
      onFailure: 'rollback',
    });
  });

  it.each([
    ['0% to new via HAProxy /run/haproxy.sock, backend b', { share: 0 }],
    ['100 % to new via haproxy `/run/haproxy.sock`, backend b', { share: 1 }],
    [
      '2.5 percent to `web-2:8080` via HAProxy `/run/haproxy.sock`,backend `be_1`',
      { share: 0.025, target: 'web-2:8080', backend: 'be_1' },
    ],
    ['10% to new via HAProxy 10.0.0.5:9999, backend b', { socket: '10.0.0.5:9999' }],
    ['10% to new via HAProxy `[::1]:9999`, backend b', { socket: '[::1]:9999' }],
    ['10% to new via HAProxy `/run/${ENVIRONMENT}.sock`, backend b', { socket: '/run/${ENVIRONMENT}.sock' }],
  ])('%s', (text, action) => {
    expect(planned(text).steps[0]?.action).toMatchObject(action);
  });

  it.each([
    [
      '101% to new via HAProxy `/a.sock`, backend `b`',
      '9:15',
      /“101%” is not a share of the traffic; write 0% to 100%/,
    ],
    ['-1% to new via HAProxy `/a.sock`, backend `b`', '9:15', /is not a share/],
    ['10 to new via HAProxy `/a.sock`, backend `b`', '9:15', /is not a share/],
    ['10% to `new one` via HAProxy `/a.sock`, backend `b`', '9:23', /“new one” is not a name of a server/],
    ['10% to new via HAProxy `/a.sock`, backend `b;c`', '9:58', /“b;c” is not a name of a backend/],
    ['10% to new via HAProxy `admin.sock`, backend `b`', '9:39', /“admin.sock” is not a runtime API/],
    [
      '10% to new via Nginx `/a.sock`, backend `b`',
      '9:30',
      /moving traffic on Nginx is not supported in this version; HAProxy is/,
    ],
    ['10% to new', '9:15', /expected a share and where it goes: 10% to new via HAProxy/],
    ['10% to new via HAProxy `/${NOBODY}.sock`, backend `b`', '9:40', /NOBODY/],
  ])('is refused at its exact place: %s', (text, at, message) => {
    expect(problems(text)).toEqual([expect.objectContaining({ at, message: expect.stringMatching(message) })]);
  });

  it('is undone by the weights that were before, unless the document says otherwise', () => {
    expect(planned(line).steps[0]?.undo).toEqual({ kind: 'weights' });
    expect(planned(`${line}${indent}Undo: none`).steps[0]?.undo).toEqual({ kind: 'none' });
    expect(planned(`${line}${indent}Undo: \`./back\``).steps[0]?.undo).toMatchObject({ kind: 'run' });
  });

  it('stands in a rollback too, where nothing undoes it', () => {
    const [step] = planned(line, line.replace('10%', '0%')).rollback.steps;
    expect(step).toMatchObject({ action: { kind: 'traffic', share: 0 }, onFailure: 'stop' });
    expect(step).not.toHaveProperty('undo');
  });

  it('takes the modifiers of other steps', () => {
    const modifiers = [
      'Expected: within 5s',
      'Retry: 2 times every 1s',
      'Timeout: 1m',
      'Wait until: `./seen` exits 0 within 30s',
      'Only in: staging',
      'Directory: `tools`',
    ];
    expect(planned([line, ...modifiers].join(indent)).steps[0]).toMatchObject({
      expected: [{ kind: 'within', ms: 5_000 }],
      retry: { times: 2, everyMs: 1_000 },
      timeoutMs: 60_000,
      waitUntil: { withinMs: 30_000 },
      onlyIn: ['staging'],
      directory: 'tools',
    });
  });

  it.each([
    ['Expected: exit 0', 'wrong-clause'],
    ['Probe: `true`', 'unsupported'],
    ['Shell: yes', 'unsupported'],
    ['Directory: `tools`', 'unsupported'],
  ])('refuses what would mean nothing: %s', (modifier, code) => {
    expect(problems(`${line}${indent}${modifier}`)).toEqual([expect.objectContaining({ code })]);
  });

  it('is printed as it was written', () => {
    for (const text of [line, line.replace('10%', '33.3%'), line.replace('10%', '100%')]) {
      const plan = planned(text, line.replace('10%', '0%'));
      const again = planOf(printPlan(plan), { bindings: undefined }).plan;
      expect([again.steps[0]?.action, again.steps[0]?.undo]).toEqual([plan.steps[0]?.action, plan.steps[0]?.undo]);
      expect(again.rollback.steps[0]?.action).toEqual(plan.rollback.steps[0]?.action);
    }
  });

  it('is the same procedure where the proxy is elsewhere, and another one with another share', () => {
    const digest = planned(line).procedureDigest;
    expect(planned(line.replace('/run/', '/var/run/')).procedureDigest).toBe(digest);
    expect(planned(line.replace('10%', '20%')).procedureDigest).not.toBe(digest);
  });
});

describe('a plan in JSON that moves traffic', () => {
  const accepted = (change: (step: Plan['steps'][number]) => object) => {
    const plan = planned(line);
    const result = acceptPlan({ ...plan, steps: plan.steps.map((step) => ({ ...step, ...change(step) })) }, sha256);
    return result.ok ? [] : result.problems.map(({ message }) => message);
  };

  it('is accepted', () => {
    expect(accepted(() => ({}))).toEqual([]);
  });

  it.each<[string, (step: Plan['steps'][number]) => object, RegExp]>([
    ['a share above 1', ({ action }) => ({ action: { ...action, share: 1.01 } }), /^\/steps\/0\/action\/share: /],
    [
      'a name that is two commands',
      ({ action }) => ({ action: { ...action, backend: 'a;b' } }),
      /^\/steps\/0\/action\/backend: /,
    ],
    [
      'a socket that is none',
      ({ action }) => ({ action: { ...action, socket: 'a.sock' } }),
      /^\/steps\/0\/action\/socket: expected the path/,
    ],
    ['another proxy', ({ action }) => ({ action: { ...action, proxy: 'nginx' } }), /^\/steps\/0\/action\/proxy: /],
    [
      'what only a command has',
      () => ({ expected: [{ kind: 'exit', code: 0 }] }),
      /of traffic only a time can be expected/,
    ],
    ['an undo that is of traffic', () => ({ action: { kind: 'wait', ms: 1 } }), /only a step that moves traffic/],
    [
      'weights that were never recorded',
      () => ({
        action: { kind: 'weights', proxy: 'haproxy', socket: '/a', backend: 'b', weights: { a: 1 } },
        undo: { kind: 'none' },
      }),
      /weights is not supported in the procedure/,
    ],
  ])('is refused with %s', (_what, change, message) => {
    expect(accepted(change)).toEqual([expect.stringMatching(message)]);
  });
});
