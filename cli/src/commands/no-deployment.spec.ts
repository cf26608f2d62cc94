import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problems } from '@backstay/api-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../exit-codes.ts';
import { createProgram } from '../program.ts';
import { backstay, recordingWorld } from '../testing/world.test-support.ts';

/** A platform that knows no deployment, whatever it is asked for. */
const platform = createServer((_, response) => {
  response.writeHead(404, { 'content-type': 'application/problem+json' });
  response.end(
    JSON.stringify({
      ...problems['not-found'],
      type: '/docs#not-found',
      code: 'not-requested',
      detail: 'there is no deployment d-unknown',
      instance: '/',
    }),
  );
});

const ofDeployment = createProgram(recordingWorld().world, () => undefined)
  .commands.filter(({ registeredArguments: [first] }) => first?.name() === 'id')
  .map((command) => {
    const {
      options,
      registeredArguments: [, ...others],
    } = command;
    const needed = options.filter(({ mandatory }) => mandatory);
    const given = needed.flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? 'because']);
    return [command.name(), [...others.map(() => 'pre.1'), ...given]] as const;
  });

describe('a command about a deployment that the platform does not know', () => {
  let url: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  });
  afterAll(() => void platform.close());

  it('is each of these', () => {
    expect(ofDeployment.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'status',
        'watch',
        'why',
        'audit',
        'criteria',
        'rollback',
        'cancel',
        'confirm',
        'resolve',
      ]),
    );
  });

  it.each(ofDeployment)('%s ends with an exit code of its own', async (name, more) => {
    const { code, err } = await backstay([name, 'd-unknown', ...more, '--url', url]);
    expect(err).toContain('there is no deployment d-unknown');
    expect(code).toBe(exitCodes.noDeployment);
  });
});
