import { describe, expect, it } from 'vitest';
import type { Delivery } from '@backstay/document';
import { refusalOf } from '@backstay/deployers';
import { releaseLocation, readinessOf } from './release-location.ts';
import type { StepDeployment } from './deployment.ts';
import type { StepTask } from './task.ts';

const delivery: Delivery = {
  deployer: 'release',
  hosts: ['local'],
  root: '/srv/orders',
  start: { text: 'node server.mjs', argv: ['node', 'server.mjs'] },
  ready: { method: 'GET', path: '/health' },
  keepReleases: 3,
};
const locationOf = (claimed: number, phase: StepTask['phase'], token: number, more: Partial<Delivery> = {}) => {
  const plan = { version: '2.0.0', delivery: { ...delivery, ...more } } as StepDeployment['plan'];
  return releaseLocation({ deployment: { plan, commit: 'a'.repeat(40), claimed } as StepDeployment, phase, token });
};

describe('the place of a delivery', () => {
  it('knows the release that is put in place there', () => {
    const { deployer, delivered } = locationOf(1, 'execution', 1);
    expect(delivered.delivery.root).toBe('/srv/orders');
    expect(deployer.releaseOf(delivered)).toBe(`2.0.0-${'a'.repeat(12)}`);
  });

  it('is entered under tokens that rise: by lease, from execution to rollback, and from claim to claim', () => {
    const tokens = [
      locationOf(1, 'execution', 1),
      locationOf(1, 'execution', 9),
      locationOf(1, 'rollback', 1),
      locationOf(2, 'execution', 1),
    ].map(({ delivered }) => delivered.token);
    expect(tokens).toEqual([...tokens].sort((one, other) => one - other));
    expect(new Set(tokens).size).toBe(4);
  });

  it.each([[{ deployer: 'docker' }], [{ hosts: ['deploy@host'] }]])(
    'is refused where this version cannot deliver: %j',
    (more) => {
      expect(() => locationOf(1, 'execution', 1, more)).toThrow('not supported in this version');
      expect(refusalOf({ ...delivery, ...more })).toContain('not supported in this version');
    },
  );
});

describe('readiness', () => {
  it('is asked for below the base URL', () => {
    const allow = ['127.0.0.1:18080'];
    expect(readinessOf({ baseUrl: 'http://127.0.0.1:18080', delivery, allow })).toEqual({
      url: 'http://127.0.0.1:18080/health',
      allow,
    });
    expect(() => readinessOf({ baseUrl: null, delivery, allow })).toThrow('needs a base URL');
  });
});
