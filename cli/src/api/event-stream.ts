import { once } from 'node:events';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** A proxy that holds back the beginning of a response holds back events too. */
const opensWithinMs = 5_000;

/** The platform sends something at least every 15 seconds. */
const silentForMs = 40_000;

/**
 * Asks for an event stream. Not with `fetch`, whose connection outlives the abortion of a stream and then holds up the server's end.
 * @throws when there is none, or the signal is aborted
 */
export async function openEventStream(
  url: URL,
  token: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? secureRequest : plainRequest;
  const headers = { accept: 'text/event-stream', ...(token && { authorization: `Bearer ${token}` }) };
  const request = send(url, { headers, agent: false, signal, timeout: opensWithinMs }).end();
  request.on('timeout', () => request.destroy(new Error('the event stream is silent')));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined);
  request.setTimeout(silentForMs);
  if (response.statusCode === 200) return response;
  response.destroy();
  throw new Error(`the event stream responded with ${response.statusCode}`);
}

/** The events as they come, those of one chunk together; comments, such as heartbeats, are left out. */
export async function* readEventStream(response: IncomingMessage): AsyncGenerator<EventSourceMessage[]> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  for await (const text of response.setEncoding('utf8')) {
    parser.feed(text as string);
    yield events.splice(0);
  }
}
