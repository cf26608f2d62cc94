import { describe, expect, it } from 'vitest';
import type { ProxyServer, Weights } from './server.ts';
import { isNear, requireServing, shareOf, weightsFor } from './shares.ts';

const server = (name: string, more: Partial<ProxyServer> = {}): ProxyServer => {
  const weight = more.weight ?? more.initialWeight ?? 1;
  const known = { weight, initialWeight: weight, effectiveWeight: weight, state: 'UP', serving: true };
  return { name, ...known, warmsUp: false, backup: false, ...more };
};
const down = { state: 'DOWN', serving: false };
const weighed = (servers: readonly ProxyServer[], weights: Weights) =>
  servers.map((one) => ({ ...one, weight: weights[one.name] ?? 0, effectiveWeight: weights[one.name] ?? 0 }));

describe('weights for a share', () => {
  it('are exact beside one other server, whatever its initial weight', () => {
    for (const initialWeight of [1, 7, 100, 256])
      expect(weightsFor({ share: 0.1, target: 'new' }, [server('old', { initialWeight }), server('new')])).toEqual({
        old: 9,
        new: 1,
      });
  });

  it.each([0.01, 0.05, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.99])('give the target %p', (share) => {
    const servers = [server('old'), server('new', { initialWeight: 0 })];
    expect(isNear(shareOf('new', weighed(servers, weightsFor({ share, target: 'new' }, servers))), share)).toBe(true);
  });

  it.each([0.01, 0.1, 0.5, 0.8])('leave the others their proportions beside %p', (share) => {
    const servers = [server('one', { initialWeight: 50 }), server('two', { initialWeight: 100 }), server('new')];
    const weights = weightsFor({ share, target: 'new' }, servers);
    expect((weights['two'] ?? 0) / (weights['one'] ?? 1)).toBeCloseTo(2, 0);
    expect(isNear(shareOf('new', weighed(servers, weights)), share)).toBe(true);
  });

  it('are whole numbers that the proxy takes', () => {
    const servers = [...Array.from({ length: 12 }, (_, index) => server(`old${index}`)), server('new')];
    for (const weight of Object.values(weightsFor({ share: 0.37, target: 'new' }, servers))) {
      expect(Number.isInteger(weight)).toBe(true);
      expect(weight).toBeGreaterThanOrEqual(1);
      expect(weight).toBeLessThanOrEqual(256);
    }
  });

  it('take everything from the others at 100 %, and give it back by their initial weights at 0 %', () => {
    const servers = [
      server('one', { initialWeight: 5 }),
      server('two', { initialWeight: 10 }),
      server('new', { initialWeight: 0 }),
    ];
    expect(weightsFor({ share: 1, target: 'new' }, servers)).toEqual({ one: 0, two: 0, new: 1 });
    expect(weightsFor({ share: 0, target: 'new' }, servers)).toEqual({ one: 5, two: 10, new: 0 });
  });

  it('do not reckon with who does not serve, and give it its weight all the same', () => {
    const servers = [server('one'), server('two', down), server('new')];
    const weights = weightsFor({ share: 0.5, target: 'new' }, servers);
    expect(weights).toEqual({ one: 1, two: 1, new: 1 });
    expect(shareOf('new', weighed(servers, weights))).toBe(0.5);
  });

  it('leave backups alone', () => {
    expect(
      weightsFor({ share: 0.5, target: 'new' }, [server('old'), server('new'), server('spare', { backup: true })]),
    ).toEqual({ old: 1, new: 1 });
    expect(() => weightsFor({ share: 0.5, target: 'new' }, [server('old'), server('new', { backup: true })])).toThrow(
      /backup/,
    );
  });

  it('are refused where there are none', () => {
    const many = Array.from({ length: 10 }, (_, index) => server(`old${index}`));
    expect(() => weightsFor({ share: 0.99, target: 'new' }, [...many, server('new')])).toThrow(
      /cannot give new 99 %.*nearest is 96.2 %/,
    );
    expect(() => weightsFor({ share: 0.001, target: 'new' }, [server('old'), server('new')])).toThrow(
      /nearest is 0.389 %/,
    );
    expect(() => weightsFor({ share: 0.1, target: 'new' }, [server('new')])).toThrow(/no server beside new/);
    expect(() => weightsFor({ share: 0.1, target: 'new' }, [server('old')])).toThrow(/no server new; it has old/);
    expect(() => weightsFor({ share: 0.1, target: 'new' }, [])).toThrow(/it has none/);
  });
});

describe('where traffic is moved to', () => {
  const require = (share: number, servers: readonly ProxyServer[]) => () =>
    requireServing({ share, target: 'new' }, servers);

  it('somebody must serve', () => {
    expect(require(0.1, [server('old'), server('new', down)])).toThrow('the server new does not serve: DOWN');
    expect(require(0.1, [server('old', down), server('new')])).toThrow(/no server beside new serves.*old: DOWN/);
    expect(require(0, [server('old', down), server('new')])).toThrow(/nobody takes the rest/);
  });

  it('nobody needs to serve who gets nothing', () => {
    expect(require(0, [server('old'), server('new', down)])).not.toThrow();
    expect(require(1, [server('old', down), server('new')])).not.toThrow();
    expect(require(0.1, [server('one', down), server('two'), server('new')])).not.toThrow();
  });
});
