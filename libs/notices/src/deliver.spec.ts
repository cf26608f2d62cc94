import { afterEach, describe, expect, it } from 'vitest';
import { guardedFetch, secretResolver } from '@backstay/guarded-io';
import { localServer, type Handler, type LocalServer } from '@backstay/guarded-io/testing';
import { deliver, type Notice } from './deliver.ts';
import { parseDestination } from './destination.ts';
import { pagerDutyDouble, slackDouble } from './receivers-double.test-support.ts';

const notice: Notice = {
  id: 'n-1',
  kind: 'rollback',
  text: 'orders-api was rolled back',
  deployment: { id: 'd-1', service: 'orders-api', version: '2.4.0', environment: 'production' },
};
const fetch = guardedFetch({ allow: ['127.0.0.1:*'], deadlineMs: 2_000 });
const logged: unknown[][] = [];
const optionsWith = (secrets = {}) => ({
  fetch,
  backoffMs: 1,
  logger: { info: (...line: unknown[]) => void logged.push(line) },
  resolver: secretResolver('env', 'production', secrets),
});

let server: LocalServer | undefined;
afterEach(() => server?.close());
const hook = async (handler: Handler) => {
  server = await localServer({ 'POST /hooks/T0P53CR3T': handler });
  return `${server.url}/hooks/T0P53CR3T`;
};

describe('deliver', () => {
  it('writes a structured line to the log', async () => {
    expect(await deliver('log', notice, optionsWith())).toEqual({
      delivered: true,
      detail: 'written to the log',
      attempts: 1,
    });
    expect(logged).toEqual([[{ notice }, 'orders-api was rolled back']]);
  });

  it('posts the notice with its identity to a webhook', async () => {
    const seen: unknown[] = [];
    const url = await hook(({ headers, body }) => (seen.push(headers['backstay-notice-id'], JSON.parse(body)), 'ok'));
    expect(await deliver(`webhook ${url}`, notice, optionsWith())).toEqual({
      delivered: true,
      detail: 'the webhook responded with 200',
      attempts: 1,
    });
    expect(seen).toEqual(['n-1', notice]);
  });

  it('takes the URL of a webhook from a secret', async () => {
    const url = await hook(() => 'ok');
    expect(await deliver('webhook <secret: TEAM_HOOK>', notice, optionsWith({ TEAM_HOOK: url }))).toMatchObject({
      delivered: true,
    });
  });

  it('tries again with the same identity while the webhook fails for a moment', async () => {
    const ids: unknown[] = [];
    const url = await hook(({ headers }, response) => {
      ids.push(headers['backstay-notice-id']);
      response.writeHead(ids.length < 3 ? 503 : 204).end();
    });
    expect(await deliver(`webhook ${url}`, notice, optionsWith())).toMatchObject({ delivered: true, attempts: 3 });
    expect(ids).toEqual(['n-1', 'n-1', 'n-1']);
  });

  it('marks what may have arrived before: after a lost process, and after an attempt of its own', async () => {
    const marks: unknown[] = [];
    const url = await hook(({ body }, response) => {
      marks.push((JSON.parse(body) as Notice).possiblyRepeated);
      response.writeHead(marks.length === 2 ? 503 : 204).end();
    });
    await deliver(`webhook ${url}`, notice, optionsWith());
    await deliver(`webhook ${url}`, notice, optionsWith());
    await deliver(`webhook ${url}`, { ...notice, possiblyRepeated: true }, optionsWith());
    expect(marks).toEqual([undefined, undefined, true, true]);
  });

  it('gives up after the last attempt, and at once where trying again is of no use', async () => {
    const failing = await hook((_request, response) => void response.writeHead(500).end());
    expect(await deliver(`webhook ${failing}`, notice, optionsWith())).toEqual({
      delivered: false,
      detail: 'the webhook responded with 500',
      attempts: 3,
    });
    await server!.close();
    const gone = await hook((_request, response) => void response.writeHead(404).end());
    expect(await deliver(`webhook ${gone}`, notice, optionsWith())).toEqual({
      delivered: false,
      detail: 'the webhook responded with 404',
      attempts: 1,
    });
  });

  it.each([
    ['http://127.0.0.1:1/T0P53CR3T', 'the webhook could not be called: connection refused'],
    [
      'http://10.9.8.7/T0P53CR3T',
      'the webhook could not be called: the host is not in the allow-list of this environment',
    ],
    ['T0P53CR3T', 'the webhook could not be called: it is not an absolute http or https URL'],
  ])('does not reveal where a secret webhook leads when it cannot be called', async (url, detail) => {
    const delivery = await deliver('webhook <secret: TEAM_HOOK>', notice, optionsWith({ TEAM_HOOK: url }));
    expect(delivery).toMatchObject({ delivered: false, detail });
    expect(JSON.stringify(delivery)).not.toMatch(/T0P53CR3T|127\.0|10\.9/);
  });

  it('names the secret that is missing', async () => {
    expect(await deliver('webhook <secret: TEAM_HOOK>', notice, optionsWith())).toEqual({
      delivered: false,
      detail: 'secret TEAM_HOOK is not provided',
      attempts: 0,
    });
  });

  it.each([
    'slack https://hooks.example.org',
    'pagerduty R0UT1NGKEY',
    'email team@example.org',
    'webhook',
    'webhook ftp://x',
    '',
  ])('refuses %j and lists what is supported', async (destination) => {
    expect(() => parseDestination(destination)).toThrow(
      'supported are log, webhook URL, webhook <secret: NAME>, slack',
    );
    await expect(deliver(destination, notice, optionsWith())).rejects.toMatchObject({ name: 'UnsupportedDestination' });
  });
});

describe('deliver, asked of a double of PagerDuty', () => {
  const key = 'R0UT1NGKEY'.padEnd(32, '0');
  const send = (url: string, override: Partial<Notice> = {}, secret = key) =>
    deliver(`pagerduty <secret: PD_KEY> at ${url}`, { ...notice, ...override }, optionsWith({ PD_KEY: secret }));

  it('opens one alert, however often it is sent and though it was busy', async () => {
    const double = await pagerDutyDouble(key, 2);
    server = double;
    expect(await send(double.url)).toEqual({ delivered: true, detail: 'PagerDuty responded with 202', attempts: 3 });
    expect(await send(double.url)).toMatchObject({ delivered: true, attempts: 1 });
    expect(double.alerts).toMatchObject([
      {
        dedup_key: 'n-1',
        payload: {
          summary: 'orders-api was rolled back',
          source: 'orders-api',
          severity: 'critical',
          group: 'production',
          class: 'rollback',
          custom_details: notice.deployment,
        },
      },
    ]);
  });

  it('shortens what is too long, and does not cry wolf over a window', async () => {
    const double = await pagerDutyDouble(key);
    server = double;
    const long = { id: 'x'.repeat(400), text: 'y'.repeat(4_000), kind: 'window' };
    expect(await send(double.url, long)).toMatchObject({ delivered: true });
    expect(double.alerts).toMatchObject([{ payload: { severity: 'info' } }]);
    expect(double.alerts[0]?.dedup_key).toHaveLength(255);
  });

  it('does not try again with a key that is refused, and never reports it', async () => {
    const double = await pagerDutyDouble(key);
    server = double;
    const delivery = await send(double.url, {}, 'WRONGKEY'.padEnd(32, '0'));
    expect(delivery).toEqual({ delivered: false, detail: 'PagerDuty responded with 400', attempts: 1 });
    const lost = await send('http://127.0.0.1:1');
    expect(lost).toMatchObject({ delivered: false, detail: 'PagerDuty could not be called: connection refused' });
    expect(JSON.stringify([delivery, lost, logged])).not.toMatch(/R0UT1NGKEY|WRONGKEY/);
  });
});

describe('deliver, asked of a double of Slack', () => {
  const path = '/services/T1/B1/T0P53CR3T';

  it('posts the text to the webhook that the secret holds, without marks of Slack', async () => {
    const double = await slackDouble(path);
    server = double;
    const options = optionsWith({ SLACK_HOOK: `${double.url}${path}` });
    expect(await deliver('slack <secret: SLACK_HOOK>', { ...notice, text: 'a < b & <!here>' }, options)).toEqual({
      delivered: true,
      detail: 'Slack responded with 200',
      attempts: 1,
    });
    expect(double.texts).toEqual(['a &lt; b &amp; &lt;!here&gt;']);
  });

  it('says in the text that it may be a repetition, which Slack does not recognise', async () => {
    const double = await slackDouble(path);
    server = double;
    const options = optionsWith({ SLACK_HOOK: `${double.url}${path}` });
    await deliver('slack <secret: SLACK_HOOK>', { ...notice, possiblyRepeated: true }, options);
    expect(double.texts).toEqual(['(possibly repeated) orders-api was rolled back']);
  });

  it('reports a webhook that is gone without its address', async () => {
    const double = await slackDouble(path);
    server = double;
    const options = optionsWith({ SLACK_HOOK: `${double.url}${path}-gone` });
    const delivery = await deliver('slack <secret: SLACK_HOOK>', notice, options);
    expect(delivery).toEqual({ delivered: false, detail: 'Slack responded with 404', attempts: 1 });
  });
});
