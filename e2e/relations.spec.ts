import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { Scene } from './support/scene.ts';

interface Relations {
  readonly version?: string;
  readonly blockedBy?: readonly string[];
  readonly blocks?: readonly string[];
  readonly pre?: string;
}

const list = (services: readonly string[] = []): string =>
  services.length === 0 ? '- none' : services.map((each) => `- deployment of ${each} to staging`).join('\n');

/** A document that changes nothing but what is said to run. */
const documentOf = (service: string, { version = '1.0.0', blockedBy, blocks, pre }: Relations): string => `# Deployment

## Deployment Scope

- Name: ${service}
- Version: ${version}
- Environment: staging

## Deployment Procedure
${pre === undefined ? '' : `\n### Pre-Deployment Steps\n1. Look at it\n   - ${pre}\n`}
### Deployment Steps
1. Put it in place
   - Run: \`true\`
   - Undo: none

## Dependencies

**Blocked By:**
${list(blockedBy)}

**Blocks:**
${list(blocks)}
`;

describe('deployments that depend on each other', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open(['one-process']);
  });
  afterAll(() => scene.close());

  const ask = async (service: string, relations: Relations): Promise<string> => {
    const request = { document: documentOf(service, relations), environment: 'staging' };
    const { status, body } = await scene.api.post('requestDeployment', { body: request });
    expect([status, body]).toMatchObject([202, { id: expect.any(String) }]);
    return String(body['id']);
  };
  const whyHeld = async (id: string) => {
    const summary = await scene.api.status(id);
    return summary?.status === 'held' ? (summary.held?.why ?? '') : '';
  };
  /** The hold's words, as soon as they say this. */
  const held = (id: string, pattern: RegExp) =>
    eventually(
      async () => {
        const why = await whyHeld(id);
        return pattern.test(why) && why;
      },
      `${id} is held: ${String(pattern)}`,
    );
  const cancel = (id: string) => scene.api.post('cancel', { params: { id }, body: { reason: 'it goes round' } });

  it.each([2, 3])('in a round of %i are held, and each hold names the whole round until it is broken', async (size) => {
    const names = Array.from({ length: size }, (_, at) => `cycle${size}-${at + 1}`);
    const ids: string[] = [];
    for (const [at, name] of names.entries())
      ids.push(await ask(name, { blockedBy: [`${names[(at + 1) % size]!} 1.0.0`] }));
    for (const [at, id] of ids.entries()) {
      const why = await held(id, /a cycle, which ends only when one of them ends/);
      const round = [...names.slice(at), ...names.slice(0, at + 1)];
      const waiting = round.map((name) => `${name} 1.0.0 to staging (deployment ${ids[names.indexOf(name)]!})`);
      expect(why).toContain(`${waiting[0]!} waits for ${waiting.slice(1).join(', which waits for ')}`);
      const page = await fetch(`${scene.api.url}/d/${id}`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('a cycle, which ends only')]);
    }
    expect((await cancel(ids.at(-1)!)).status).toBeLessThan(300);
    for (const id of ids.slice(0, -1)) await held(id, /^(?!.*a cycle)waits for/);
    await Promise.all(ids.map(cancel));
  });

  it('wait for the other that their Blocked By names until it runs there, and say what let them go', async () => {
    const shop = await ask('shop', { blockedBy: ['ledger >= 2.0.0'] });
    expect(await held(shop, /waits for/)).toContain('deployment of ledger >= 2.0.0 to staging');
    await scene.api.until(await ask('ledger', { version: '2.1.0' }), ['succeeded']);
    await scene.api.until(shop, ['succeeded']);
    expect(await scene.event(shop, 'BlockersCleared')).toEqual({
      satisfied: [{ text: 'deployment of ledger >= 2.0.0 to staging', by: 'ledger 2.1.0 runs in staging' }],
    });
  });

  it('are held by the other whose Blocks names them, and go on when that one has ended', async () => {
    const bank = await ask('bank', { blocks: ['mail 1.0.0'], pre: 'Manual: confirmed by operator' });
    await held(bank, /Look at it/);
    const mail = await ask('mail', {});
    expect(await held(mail, /blocks it/)).toContain(
      `bank 1.0.0 to staging (deployment ${bank}) blocks it until it ends: deployment of mail 1.0.0 to staging`,
    );
    const confirmed = await scene.api.post('confirm', {
      params: { id: bank },
      body: { item: 'pre.1', reason: 'looked at it' },
    });
    expect(confirmed.status).toBeLessThan(300);
    await scene.api.until(bank, ['succeeded']);
    await scene.api.until(mail, ['succeeded']);
    expect(await scene.event(mail, 'BlockersCleared')).toEqual({
      satisfied: [{ text: `Blocks of deployment ${bank}`, by: 'it ended succeeded' }],
    });
  });
});
