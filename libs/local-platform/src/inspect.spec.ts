import { describe, expect, it } from 'vitest';
import type { Source } from './find/source.ts';
import { inspectParts } from './inspect.ts';

const dataDir = '/nowhere/data';
const having: Source = {
  name: 'a shelf',
  look: async () => ({ program: { kind: 'image', origin: 'shelf:1', version: '15.1' } }),
};
const offering: Source = {
  name: 'a shop',
  look: async () => ({ reason: 'later', obtain: () => Promise.reject(new Error('was asked')) }),
};

describe('inspecting the parts', () => {
  it('reports each part that is configured', async () => {
    const env = { BACKSTAY_POSTGRES_URL: 'postgres://db.example/x' };
    const [postgres] = await inspectParts({ dataDir, env }, []);
    expect(postgres).toEqual({
      part: 'postgres',
      found: 'configured',
      version: null,
      note: 'named by BACKSTAY_POSTGRES_URL',
    });
  });

  it('reports where a part lies', async () => {
    const seen = await inspectParts({ dataDir, env: {} }, [having, offering]);
    expect(seen[1]).toEqual({ part: 'nats', found: 'shelf:1', version: '15.1', note: 'a shelf' });
  });

  it('reports what would be obtained, without obtaining it', async () => {
    const seen = await inspectParts({ dataDir, env: {} }, [offering, having]);
    expect(seen[2]).toEqual({ part: 'redis', found: null, version: null, note: 'would be obtained from a shop' });
  });

  it('reports the command for what is missing', async () => {
    const seen = await inspectParts({ dataDir, env: {} }, []);
    expect(seen.map(({ note }) => note)).toEqual(
      Array(3).fill(expect.stringMatching(/^missing: .*, or set BACKSTAY_/)),
    );
  });
});
