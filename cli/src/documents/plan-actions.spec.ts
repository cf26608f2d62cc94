import { describe, expect, it } from 'vitest';
import type { Plan } from '@backstay/document';
import { actionText, undoText } from './plan-actions.ts';

describe('what a step does', () => {
  it('names every place where a log is read: files, a command that is run, Loki', () => {
    const text = actionText(
      {
        kind: 'evidence',
        evidence: {
          reader: 'log',
          files: ['logs/a.log'],
          command: { text: 'journalctl -u orders', argv: ['journalctl', '-u', 'orders'] },
          loki: { url: 'http://127.0.0.1:3100', query: '{app="orders"}', headers: { 'X-Scope-OrgID': 'orders' } },
          patterns: ['panic'],
          allow: [],
        },
      },
      {} as Plan,
    );
    expect(text).toBe(
      'read log logs/a.log, what `journalctl -u orders` prints, Loki {app="orders"} at http://127.0.0.1:3100: no panic',
    );
  });

  it('says where traffic goes, by which proxy, and what its undo puts back', () => {
    const place = { proxy: 'haproxy', socket: '/run/haproxy/admin.sock', backend: 'orders' } as const;
    const plan = {} as Plan;
    expect(actionText({ kind: 'traffic', share: 0.07, target: 'new', ...place }, plan)).toBe(
      '7 % of the traffic of backend orders to new, by HAProxy at /run/haproxy/admin.sock',
    );
    expect(actionText({ kind: 'weights', weights: { old: 100, new: 0 }, ...place }, plan)).toBe(
      'put back the weights of backend orders: old 100, new 0',
    );
    expect(undoText({ kind: 'weights' })).toBe('the weights that were before are put back');
  });
});
