import { once } from 'node:events';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';

export interface ServerEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

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
  const request = send(url, { headers, agent: false, signal }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined);
  if (response.statusCode === 200) return response;
  response.destroy();
  throw new Error(`the event stream is answered with ${response.statusCode}`);
}

/** Reads a stream of server-sent events; comments, such as heartbeats, are left out. */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).replaceAll(/\r\n?/g, '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

function parseBlock(block: string): ServerEvent | null {
  const fields = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
  const valuesOf = (name: string) => fields.flatMap((line) => valueIn(line, name));
  const data = valuesOf('data');
  if (data.length === 0) return null;
  return { id: valuesOf('id').at(-1) ?? null, event: valuesOf('event').at(-1) ?? 'message', data: data.join('\n') };
}

function valueIn(line: string, name: string): string[] {
  const [field, ...value] = line.split(':');
  return field === name ? [value.join(':').replace(/^ /, '')] : [];
}
