import { afterEach, describe, expect, it } from 'vitest';
import type { Plan } from '@backstay/document';
import { localServer, type LocalServer } from '@backstay/guarded-io/testing';
import { announce } from './announce.ts';
import type { StepContext } from '../context.ts';

const context = { secrets: 'env', logger: { info: () => undefined } } as unknown as StepContext;
const planWith = (destination: string) =>
  ({
    service: 'orders',
    version: '1',
    environment: 'staging',
    allow: [],
    channels: { team: destination },
  }) as unknown as Plan;
const notice = { id: 'n-1', kind: 'step', channel: 'team', text: 'it is done' };

let server: LocalServer | undefined;
afterEach(() => server?.close());

describe('a notice', () => {
  it('goes where the profile leads its channel, whatever documents may call', async () => {
    server = await localServer({ 'POST /hook': () => 'ok' });
    const delivery = await announce(notice, { id: 'd-1', plan: planWith(`webhook ${server.url}/hook`) }, context);
    expect(delivery).toEqual({ delivered: true, detail: 'the webhook responded with 200', attempts: 1 });
  });

  it('goes nowhere where the channel leads nowhere', async () => {
    const delivery = await announce({ ...notice, channel: 'other' }, { id: 'd-1', plan: planWith('log') }, context);
    expect(delivery).toMatchObject({ delivered: false, attempts: 0 });
  });
});
