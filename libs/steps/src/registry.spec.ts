import { describe, expect, it } from '@jest/globals';
import { dutyOf, kindOf, pauseOf, type Action } from '@backstay/document';
import { isPerformed } from './registry.ts';

/** What lets time pass, or is a person's, needs nobody who performs it. */
const needsNobody = (action: Action): boolean => pauseOf(action) !== undefined || dutyOf(action) !== undefined;

const command = { text: 'true', argv: ['true'] };
const proxy = { proxy: 'haproxy', socket: '/run/admin.sock', backend: 'orders' } as const;

/** One action of each kind. */
const examples: { readonly [Kind in Action['kind']]: Extract<Action, { kind: Kind }> } = {
  run: { kind: 'run', commands: [command], shell: false },
  checkout: { kind: 'checkout', repository: '/srv/tools.git', ref: 'v1', into: 'tools' },
  backup: { kind: 'backup', engine: 'postgresql', urls: ['${DATABASE_URL}'] },
  restore: { kind: 'restore', engine: 'postgresql', step: 'pre.1', dataLossMs: null },
  request: { kind: 'request', request: { method: 'POST', path: '/warm-up' } },
  evidence: { kind: 'evidence', evidence: { reader: 'junit', glob: 'reports/*.xml' } },
  deploy: { kind: 'deploy', deployer: 'release', parts: ['place'] },
  traffic: { kind: 'traffic', share: 0.1, target: 'new', ...proxy },
  weights: { kind: 'weights', weights: { old: 100 }, ...proxy },
  notify: { kind: 'notify', channel: 'team', about: 'step' },
  wait: { kind: 'wait', ms: 1_000 },
  manual: { kind: 'manual', duty: { duty: 'QA Lead', verb: 'confirmed' } },
  section: { kind: 'section', section: 'smoke-tests' },
  revert: { kind: 'revert', part: 'restart' },
  'not-applicable': { kind: 'not-applicable', why: 'no database is declared' },
};

describe('the registry of the language and that of the steps', () => {
  it.each(Object.entries(examples))('agree where a step can stand: %s', (_, action) => {
    const { isPerformedIn } = kindOf(action);
    const performed = (place: 'run' | 'undo') => isPerformed(action, place) || needsNobody(action);
    // What the rollback derives by itself, a document cannot ask for.
    const isDerived = action.kind === 'weights';
    expect(performed('run')).toBe(isPerformedIn('procedure', action));
    expect(performed('undo')).toBe(isDerived || isPerformedIn('rollback', action));
  });
});
