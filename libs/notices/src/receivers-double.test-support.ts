import type { ServerResponse } from 'node:http';
import { localServer, type LocalServer } from '@backstay/guarded-io/testing';

type Event = {
  routing_key: string;
  event_action: string;
  dedup_key?: string;
  payload: { summary: string; source: string; severity: string };
};

/**
 * A double of PagerDuty's Events API v2, not PagerDuty: it refuses what the published API refuses, and opens one alert for each
 * `dedup_key`. `busy`: how often it responds with 429 before that.
 */
export async function pagerDutyDouble(routingKey: string, busy = 0): Promise<LocalServer & { alerts: Event[] }> {
  const alerts: Event[] = [];
  let refusals = busy;
  const refuse = (response: ServerResponse, ...errors: string[]) => {
    response.statusCode = 400;
    return { status: 'invalid event', message: 'Event object is invalid', errors };
  };
  const server = await localServer({
    'POST /v2/enqueue': ({ body }, response) => {
      if ((refusals -= 1) >= 0) return void response.writeHead(429).end();
      const event = JSON.parse(body) as Event;
      if (event.routing_key.length !== 32) return refuse(response, "Length of 'routing_key' is incorrect");
      if (event.routing_key !== routingKey) return refuse(response, 'Invalid routing key');
      const { summary, source, severity } = event.payload;
      const isComplete = event.event_action === 'trigger' && summary.length <= 1_024 && source !== '';
      if (!isComplete || !['critical', 'error', 'warning', 'info'].includes(severity))
        return refuse(response, "'payload' is incorrect");
      if (!alerts.some(({ dedup_key }) => dedup_key === event.dedup_key)) alerts.push(event);
      response.statusCode = 202;
      return { status: 'success', message: 'Event processed', dedup_key: event.dedup_key };
    },
  });
  return { ...server, alerts };
}

/** A double of a Slack incoming webhook, not Slack: it takes `{ text }` and responds with text. */
export async function slackDouble(path: string): Promise<LocalServer & { texts: string[] }> {
  const texts: string[] = [];
  const refuse = (response: ServerResponse, word: string) => {
    response.statusCode = 400;
    return word;
  };
  const server = await localServer({
    [`POST ${path}`]: ({ body, headers }, response) => {
      if (headers['content-type'] !== 'application/json') return refuse(response, 'invalid_payload');
      const { text, ...unknown } = JSON.parse(body) as { text?: string };
      if (!text || Object.keys(unknown).length > 0) return refuse(response, 'no_text');
      texts.push(text);
      return 'ok';
    },
  });
  return { ...server, texts };
}
