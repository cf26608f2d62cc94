import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { backstay } from '../testing/world.test-support.ts';

const examples = new URL('../../../docs/examples/', import.meta.url).pathname;
const at = (name: string) => `${examples}${name}`;

async function planned(name: string, ...more: readonly string[]): Promise<string> {
  const { code, out } = await backstay(['plan', at(`${name}/deployment.md`), ...more]);
  expect(code).toBe(0);
  return out;
}

describe('a plan for people', () => {
  it('has every step in order, with what it does, from where, its rollback and its defaults', async () => {
    const out = await planned('web-service', '--environments', at('web-service/environments.yaml'));
    expect(out).toMatch(/^sha256:[0-9a-f]{64}$/m);
    expect(out).toMatch(/^begins only in its window: Mon-Thu 09:00-16:00 Europe\/Stockholm$/m);
    const migration = /^~ deploy\.3 +Run database migrations\n(?: {12}.*\n)+/m.exec(out)?.[0];
    expect(migration).toContain('`node dist/migrate.js up`  (bindings)');
    expect(migration).toContain('↩ `node dist/migrate.js down`');
    expect(migration).toContain('on failure: rollback · at most 10m00s · reattachable · in source');
    const order = [...out.matchAll(/^[~·] (\S+) /gm)].map(([, id]) => id);
    expect(order.slice(0, 6)).toEqual(['pre.1', 'pre.2', 'pre.3', 'pre.4', 'pre.5', 'deploy.1']);
    expect(out).toMatch(/baseline 1m00s \(default\)/);
    expect(out).not.toMatch(/✗|blocked/);
  });

  it('shows what blocks a step beside it', async () => {
    const out = await planned('web-service');
    expect(out).toMatch(/^~ deploy\.4 .*\n(?: {12}.*\n)* {12}✗ add `deployer: release` to the environment profile/m);
    expect(out).toMatch(/^blocked\[missing-profile-entry\]: /m);
  });

  it('says what is undone where no rollback step is written', async () => {
    const out = await planned('worker', '-e', 'staging', '--environments', at('worker/environments.yaml'));
    expect(out).toMatch(/undo of every completed step, the last first {2}\(default\)/);
    expect(out).toMatch(/PRINTER +must be provided +name of the printing service/);
  });
});

describe('a service that nobody uses', () => {
  it('is spoken of in the plan, below its watch', async () => {
    const out = await planned('web-service', '--environments', at('web-service/environments.yaml'));
    expect(out).toMatch(
      /^watch for .*\n(?: {2}.*\n)* {2}without traffic: no traffic of its own in production .*; it is rolled back after 2 min without data \(`On no data`\)$/m,
    );
  });

  it('is spoken of by lint, for each environment, where the document can be planned', async () => {
    const { out } = await backstay(['lint', at('web-service/deployment.md')]);
    expect(out).toMatch(/^without traffic in \w+: /m);
    const { out: asJson } = await backstay(['lint', at('web-service/deployment.md'), '--json']);
    expect(Object.keys(JSON.parse(asJson) as object)).toEqual(['ok', 'problems']);
  });
});

describe('problems for GitHub', () => {
  it('are annotations, with what has a meaning there escaped', async () => {
    const file = at('static-site/deployment.md');
    const { code, out } = await backstay(['lint', file, '--format', 'github']);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe(
      `::warning file=${file},line=24,col=4,title=needs-context::add \`notify: { "team": "webhook <secret: NAME>" }\` to the environment profile of harbour-site in production`,
    );
    expect(readFileSync(file, 'utf8').split('\n')[23]).toContain('Notify the team');
  });
});
