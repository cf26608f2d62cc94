import { describe, expect, it } from 'vitest';
import type { EnvironmentVariable } from '@backstay/document';
import { guardedServer } from './guarded-server.ts';

const url = 'postgres://app:hunter22@127.0.0.1/orders';
const values: Record<string, string> = { SECRET: url, PROVIDED: url, WRITTEN: url, RENAMED: url, PASSWORD: 'hunter22' };
const lookup = (name: string) => values[name];
const source = { line: 3 };
const environmentVariables: EnvironmentVariable[] = [
  { name: 'PROVIDED', from: 'provided', source },
  { name: 'WRITTEN', from: 'value', value: url, source },
  { name: 'RENAMED', from: 'value', value: '${SECRET}', source },
];
const asked = (written: string, allow: string[]) => guardedServer({ allow, environmentVariables })(written, lookup);

describe('a server that a document writes itself', () => {
  it.each([url, '${WRITTEN}', 'postgres://app:${PASSWORD}@127.0.0.1/orders', 'postgres://127.0.0.1/${PASSWORD}'])(
    'is refused where the profile does not list it: %s',
    async (written) => {
      const refusal = "127.0.0.1:5432 is not in the profile's `allow`";
      await expect(asked(written, [])).rejects.toThrow(new RegExp(`^${refusal.replaceAll('.', '\\.')}$`));
      await expect(asked(written, ['127.0.0.1:6379', '10.0.0.1:*'])).rejects.toThrow(refusal);
    },
  );

  it.each([url, '${WRITTEN}'])('is reached where the profile lists it: %s', async (written) => {
    expect(await asked(written, ['127.0.0.1:5432'])).toBe(url);
    expect(await asked(written, ['127.0.0.1:*'])).toBe(url);
  });

  it.each(['127.0.0.1', 'localhost', '127.1', '[::ffff:127.0.0.1]'])(
    'is not reached on loopback by way of a wildcard: %s',
    async (host) => {
      await expect(asked(`redis://${host}`, ['*:*'])).rejects.toThrow('loopback or link-local');
    },
  );
});

describe('a server that its operator named', () => {
  it.each(['${SECRET}', '${PROVIDED}', '${RENAMED}'])('needs no entry: %s', async (written) => {
    expect(await asked(written, [])).toBe(url);
  });
});
