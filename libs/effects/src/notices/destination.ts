import { UnsupportedDestination } from './errors.ts';

export type Destination = { kind: 'log' } | { kind: 'webhook'; url: string } | { kind: 'webhook'; secret: string };

/** Reads `log`, `webhook URL` or `webhook <secret: NAME>`. Throws `UnsupportedDestination`. */
export function parseDestination(text: string): Destination {
  const [, kind = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  if (kind === 'log' && rest === '') return { kind: 'log' };
  if (kind !== 'webhook') throw new UnsupportedDestination(kind);
  const secret = /^<secret:\s*([A-Za-z_][A-Za-z0-9_]*)\s*>$/.exec(rest)?.[1];
  if (secret !== undefined) return { kind: 'webhook', secret };
  if (/^https?:\/\//i.test(rest) && URL.canParse(rest)) return { kind: 'webhook', url: rest };
  throw new UnsupportedDestination('webhook without an http or https URL');
}
