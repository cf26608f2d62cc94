import type { Destination } from '@backstay/document';

export type Notice = {
  /** The same for every attempt, also after a restart: the receiver recognises a repetition by it. */
  id: string;
  kind: string;
  text: string;
  /** This notice may have arrived before: by an attempt without a response, or from a process that was lost. */
  possiblyRepeated?: true;
  deployment: { id: string; service: string; version: string; environment: string };
};

export interface HttpRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export type Sent = Exclude<Destination, { kind: 'log' }>;

/** What is sent, and how messages call who receives it. */
export type Message = { url: string; receiver: string; request: HttpRequest };

const longestSummary = 1_024;
const longestKey = 255;

/** `secret` is the value of the secret that the destination names. */
export function messageTo(destination: Sent, notice: Notice, secret: string): Message {
  switch (destination.kind) {
    case 'webhook': {
      const url = 'url' in destination ? destination.url : secret;
      return { url, receiver: 'the webhook', request: json(notice, { 'Backstay-Notice-Id': notice.id }) };
    }
    case 'slack':
      return { url: secret, receiver: 'Slack', request: json({ text: marked(notice) }) };
    case 'pagerduty':
      return { url: `${destination.url}/v2/enqueue`, receiver: 'PagerDuty', request: json(eventOf(notice, secret)) };
  }
}

/** An event of PagerDuty's Events API v2; the key lets it recognise a repetition. */
function eventOf({ id, kind, text, deployment, possiblyRepeated }: Notice, routingKey: string) {
  const { service, environment } = deployment;
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: id.slice(-longestKey),
    payload: {
      summary: text.slice(0, longestSummary),
      source: service,
      severity: isUrgent(kind) ? 'critical' : 'info',
      component: service,
      group: environment,
      class: kind,
      custom_details: { ...deployment, possiblyRepeated },
    },
  };
}

/** Notices of a step say what goes on; all others are sent because something went wrong. */
const isUrgent = (kind: string) => kind !== 'window' && kind !== 'step';

/** Slack recognises no repetition: its readers do, by the text. */
const marked = ({ text, possiblyRepeated }: Notice) =>
  `${possiblyRepeated ? '(possibly repeated) ' : ''}${escaped(text)}`;

/** Slack reads these three as its own marks. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const json = (body: unknown, headers: Record<string, string> = {}): HttpRequest => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
