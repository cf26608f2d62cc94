import { describe, expect, it } from '@jest/globals';
import type { Plan } from '@backstay/document';
import { actionText } from './plan-actions.ts';

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
});
