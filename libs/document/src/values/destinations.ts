import { codeContent } from '../markdown/code-spans.ts';
import type { Span } from '../markdown/span.ts';
import { hasSecret } from './url-secrets.ts';
import type { Reading } from '../reading/reading.ts';

/** Where a channel leads. `secret` names the secret that is needed; `url` of PagerDuty is that of its Events API. */
export type Destination =
  | { readonly kind: 'log' }
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'webhook' | 'slack'; readonly secret: string }
  | { readonly kind: 'pagerduty'; readonly secret: string; readonly url: string };

/** Every form that is delivered to. */
export const destinationForms = [
  'log',
  'webhook URL',
  'webhook <secret: NAME>',
  'slack <secret: NAME>',
  'pagerduty <secret: NAME>',
  'pagerduty <secret: NAME> at URL',
] as const;

const eventsOfPagerDuty = 'https://events.pagerduty.com';

/** Reads a destination of `notify`; undefined when it is none of the forms. */
export function readDestination(text: string): Destination | undefined {
  const [, kind, secret, at] =
    /^(log|webhook|slack|pagerduty)(?:\s+<secret:\s*([A-Za-z_]\w*)\s*>)?(?:\s*(\S.*))?$/s.exec(text.trim()) ?? [];
  if (secret === undefined) return open(kind, at);
  if (kind === 'pagerduty') return paged(secret, at);
  return at === undefined && (kind === 'webhook' || kind === 'slack') ? { kind, secret } : undefined;
}

function open(kind: string | undefined, url: string | undefined): Destination | undefined {
  if (kind === 'log') return url === undefined ? { kind } : undefined;
  return kind === 'webhook' && isAddress(url) ? { kind, url } : undefined;
}

function paged(secret: string, at: string | undefined): Destination | undefined {
  const url = at === undefined ? eventsOfPagerDuty : /^at\s+(\S+)$/.exec(at)?.[1];
  return isAddress(url) ? { kind: 'pagerduty', secret, url: url.replace(/\/+$/, '') } : undefined;
}

function isAddress(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\/[^\s/]+\S*$/i.test(url) && URL.canParse(url) && !hasSecret(url);
}

/** A channel's name, as #team-orders or on-call. */
export function readChannel(span: Span, reading: Reading): string | undefined {
  const value = codeContent(span) ?? span;
  if (/^#?[A-Za-z][\w.-]{0,62}$/.test(value.text)) return value.text;
  return reading.report.error(
    value,
    'bad-name',
    `“${value.text}” is not a channel; write one word, as #team-orders or on-call`,
  );
}
