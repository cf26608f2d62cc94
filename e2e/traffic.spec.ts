import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedIo } from '@backstay/guarded-io';
import { currentWeights, haproxy } from '@backstay/traffic';
import { findTestHaproxy, TestHaproxy } from '@backstay/local-platform/testing';
import { eventually } from './support/eventually.ts';
import { Scene } from './support/scene.ts';
import type { Subject } from './support/subject.ts';

const program = await findTestHaproxy();

(program === null ? describe.skip : describe)('traffic in front of two versions', () => {
  const services: Server[] = ['old', 'new'].map((name) => createServer((_, response) => response.end(name)));
  let scene: Scene;
  let proxy: TestHaproxy;

  beforeAll(async () => {
    const [old, fresh] = await Promise.all(services.map(portOf));
    proxy = await TestHaproxy.start(
      program!,
      `backend orders\n  server old 127.0.0.1:${old} weight 100\n  server new 127.0.0.1:${fresh} weight 0`,
    );
    scene = await Scene.open();
  });
  afterAll(async () => {
    await scene?.close();
    services.forEach((service) => service.close());
  });

  const moved = (share: string) =>
    `Give the new one ${share}\n   - Traffic: ${share} to new via HAProxy \`${proxy.places.socket}\`, backend \`orders\``;
  const gate = (subject: Subject, name: string) => join(subject.state, name);
  const wait = (subject: Subject, name: string) =>
    `Wait for ${name}\n   - Run: \`sh -c 'until test -e ${gate(subject, name)}; do sleep 0.1; done'\`\n   - Mutates: no`;
  const open = (subject: Subject, name: string) => writeFileSync(gate(subject, name), '');
  const done = (id: string, step: string) => scene.event(id, 'StepSucceeded', (data) => data['step'] === step);
  const failures = async (count: number) => {
    let fresh = 0;
    for (let sent = 0; sent < count; sent += 1) if ((await (await fetch(proxy.url)).text()) === 'new') fresh += 1;
    return fresh / count;
  };
  const weights = () =>
    currentWeights(
      haproxy(proxy.places.socket, { network: guardedIo({ allow: [], environmentVariables: [] }) }),
      'orders',
    );

  it('is moved as the document says, as the replies show, and is put back when a later step fails', async () => {
    const subject = await scene.subject('canary');
    await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
    expect(await failures(20)).toBe(0);
    const stumble = 'Stumble\n   - Run: `node --eval process.exit(7)`';
    const id = await scene.deploy(subject, '1.1.0', {
      extra: [moved('10%'), wait(subject, 'some'), moved('100%'), wait(subject, 'all'), stumble],
    });
    const first = await done(id, 'deploy.5');
    expect(first['result']).toMatchObject({ share: 0.1, earlier: { old: 100, new: 0 }, weights: { old: 9, new: 1 } });
    const tenth = await failures(300);
    expect(tenth).toBeGreaterThan(0.04);
    expect(tenth).toBeLessThan(0.18);
    open(subject, 'some');
    await done(id, 'deploy.7');
    expect(await failures(50)).toBe(1);
    open(subject, 'all');
    expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
    expect(await weights()).toEqual({ old: 100, new: 0 });
    expect(await failures(50)).toBe(0);
    expect(await subject.servedVersion()).toBe('1.0.0');
    const undone = (await scene.api.audit(id)).filter(({ summary }) => /has its weights again/.test(summary));
    expect(undone.map(({ data }) => (data['result'] as { weights: unknown }).weights)).toEqual([
      { old: 9, new: 1 },
      { old: 100, new: 0 },
    ]);
  });

  it('is put back after execution was killed in the midst of it', async () => {
    const subject = await scene.subject('killed-canary');
    await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
    const until = `Wait until: \`test -e ${gate(subject, 'seen')}\` exits 0 within 60s`;
    const stumble = 'Stumble\n   - Run: `node --eval process.exit(7)`';
    const id = await scene.deploy(subject, '1.1.0', { extra: [`${moved('50%')}\n   - ${until}`, stumble] });
    await scene.event(id, 'StepStarted', (data) => data['step'] === 'deploy.5');
    await eventually(async () => (await weights())['new'] === 1, 'the weights are moved');
    await scene.platform.kill('execution');
    scene.platform.run('execution');
    open(subject, 'seen');
    expect((await done(id, 'deploy.5'))['result']).toMatchObject({ share: 0.5, earlier: { old: 100, new: 0 } });
    expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
    expect(await weights()).toEqual({ old: 100, new: 0 });
  });

  it('is refused before anything is touched where the proxy has no such server', async () => {
    const subject = await scene.subject('no-canary');
    const id = await scene.deploy(subject, '1.0.0', { extra: [moved('10%').replace('to new', 'to newer')] });
    expect(await scene.api.end(id)).toMatchObject({ status: 'rejected' });
    expect((await scene.api.status(id))?.reason).toContain('the backend has no server newer; it has old, new');
  });
});

async function portOf(service: Server): Promise<number> {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  return (service.address() as AddressInfo).port;
}
