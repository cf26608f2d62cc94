import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { publisher, type ServiceName } from './platform.ts';
import { Scene } from './scene.ts';
import { documentFor } from './document.ts';

// The machine may be busy with anything else; what a journey waits for, it names.
/** How a deployment goes, over real processes. The same journeys hold for six services apart and for one process. */
export function journeys(name: string, processes: readonly ServiceName[]): void {
  describe(`journeys with ${name}`, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.open(processes);
    });
    afterAll(() => scene.close());

    it('deploys a first and a second version, each proven', async () => {
      const subject = await scene.subject('happy');
      const first = await scene.deployed(subject, '1.0.0');
      const second = await scene.deployed(subject, '1.1.0');
      expect(await subject.servedVersion()).toBe('1.1.0');
      expect(await scene.api.status(second)).toMatchObject({ previousVersion: '1.0.0', status: 'succeeded' });
      await scene.event(second, 'EnvironmentReleased');
      const types = await scene.api.types(second);
      const scenario = [
        'DeploymentRequested',
        'PlanDrafted',
        'PreflightRequested',
        'DeploymentPlanned',
        'RollbackPointCaptured',
        'ExecutionCompleted',
        'VerificationPassed',
        'MonitoringPassed',
        'DeploymentSucceeded',
        'EnvironmentReleased',
      ];
      expect(types.filter((type) => scenario.includes(type))).toEqual(scenario);
      const criteria = await scene.api.criteria(second);
      expect(criteria.map(({ text, verdict }) => [text, verdict])).toContainEqual([
        'Deployment executed successfully',
        'met',
      ]);
      expect(criteria.every(({ verdict, evidence }) => verdict !== 'met' || evidence.length > 0)).toBe(true);
      expect(await scene.api.types(first)).toContain('DeploymentSucceeded');
    });

    it('records a request under the credential of its publisher, and NATS refuses no service what it does', async () => {
      const id = await scene.publish({ document: '# Nothing', environment: 'production', requestedBy: 'root' });
      await scene.event(id, 'DeploymentRejected');
      const [requested] = await scene.api.audit(id);
      expect(requested).toMatchObject({ actor: { kind: 'system', name: publisher } });
      expect(requested?.actor).not.toHaveProperty('claimed');
      const logs = processes.map((process) => scene.platform.log(process));
      expect(logs.filter((log) => /Permissions Violation|Authorization Violation/i.test(log))).toEqual([]);
      expect(logs.filter((log) => !log.includes('"state":"connected"'))).toEqual([]);
    });

    it('runs what the document says, in its order, once, and nothing else', async () => {
      const subject = await scene.subject('literal');
      const extra = ['Say one\n   - Run: `node note.mjs one`', 'Say two\n   - Run: `node note.mjs two`'];
      const id = await scene.deployed(subject, '1.0.0', { extra, watch: 'Watch for 1s, every 500ms' });
      const started = (await scene.api.audit(id)).filter(({ type }) => type === 'StepStarted');
      const inOrder = ['pre.1', ...[1, 2, 3, 4, 5, 6, 7].map((number) => `deploy.${number}`), 'post.1'];
      expect(started.map(({ data }) => data['step'])).toEqual(inOrder);
      expect(subject.record()).toEqual(
        ['one', 'two'].flatMap((what, index) => [
          `begin ${what} ${id}/deploy.${index + 5}`,
          `end ${what} ${id}/deploy.${index + 5}`,
        ]),
      );
      expect(subject.starts()).toEqual(['1.0.0 info']);
    });

    it('ends as failed, with nothing changed, when a step before the first change fails', async () => {
      const subject = await scene.subject('failing-early');
      const id = await scene.deploy(subject, '1.0.0', {
        pre: ['Check the weather\n   - Run: `node --eval process.exit(3)`\n   - Mutates: no'],
      });
      expect(await scene.api.end(id)).toMatchObject({ status: 'failed' });
      expect(await scene.api.types(id)).not.toContain('RollbackTriggered');
      expect(await subject.servedVersion()).toBeNull();
    });

    it('rolls back when a step after a change fails', async () => {
      const subject = await scene.subject('failing-step');
      await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
      const extra = [
        'Touch the world\n   - Run: `node note.mjs touch`\n   - Undo: `node note.mjs untouch`',
        'Stumble\n   - Run: `node --eval process.exit(7)`',
      ];
      const id = await scene.deploy(subject, '1.1.0', { extra });
      expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
      expect(await subject.servedVersion()).toBe('1.0.0');
      expect(subject.record().map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
        'begin touch',
        'end touch',
        'begin untouch',
        'end untouch',
      ]);
    });

    it('rolls back when a smoke test fails, and proves the version before', async () => {
      const subject = await scene.subject('failing-smoke');
      await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
      subject.breakVersion('1.1.0', { loginFails: true });
      const id = await scene.deploy(subject, '1.1.0');
      expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
      expect(await subject.servedVersion()).toBe('1.0.0');
      const { trigger } = (await scene.event(id, 'RollbackTriggered')) as {
        trigger: { kind: string; text: string; line: number };
      };
      expect(trigger).toMatchObject({ kind: 'smoke-tests', text: 'Smoke tests fail' });
    });

    it('rolls back on the error rate, says why, and quarantines the version', async () => {
      const subject = await scene.subject('failing-rate');
      await scene.deployed(subject, '1.0.0', { watch: 'Watch for 2s, every 500ms' });
      const id = await scene.deploy(subject, '1.1.0', { watch: 'Watch for 60s, every 500ms' });
      await scene.api.until(id, ['monitoring']);
      subject.breakVersion('1.1.0', { failEvery: 5 });
      expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified' });
      expect(await subject.servedVersion()).toBe('1.0.0');
      const { sentence, chain } = await scene.api.why(id);
      expect(sentence).toMatch(/rolled back because error rate was \d+(\.\d+)? % \(limit 5 %/);
      expect(chain.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['DegradationDetected', 'RollbackTriggered', 'DeploymentRolledBack']),
      );
      const again = await scene.deploy(subject, '1.1.0');
      expect(await scene.api.end(again)).toMatchObject({ status: 'rejected' });
      expect((await scene.api.status(again))?.reason).toMatch(/quarantine/i);
    });

    it('takes a succeeded deployment back manually, as a deployment of its own', async () => {
      const subject = await scene.subject('taken-back');
      await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
      const second = await scene.deployed(subject, '1.1.0', { watch: 'Watch for 1s, every 500ms' });
      const reply = await scene.api.post('rollBack', {
        params: { id: second },
        body: { reason: 'customers complain' },
      });
      expect(reply.status).toBe(202);
      const id = reply.location?.split('/').at(-1) ?? '';
      expect(id).not.toBe(second);
      expect(await scene.api.end(id)).toMatchObject({ status: 'rolled-back-verified', kind: 'rollback' });
      expect(await subject.servedVersion()).toBe('1.0.0');
      expect(await scene.api.status(second)).toMatchObject({ status: 'succeeded' });
      await scene.event(id, 'EnvironmentReleased');
      const late = await scene.api.post('rollBack', { params: { id: second }, body: { reason: 'again' } });
      expect(late.status).toBe(409);
    });

    it('rejects a document with problems, each with its line', async () => {
      const subject = await scene.subject('bad-document');
      const document = documentFor(subject, '1.0.0')
        .replace('Expected: 200 OK, returns JWT token', 'Expected: two hundred')
        .replace('- Environment: production', '- Environment: [which one]');
      const id = await scene.publish({ document });
      expect(await scene.api.end(id)).toMatchObject({ status: 'rejected' });
      const { problems } = (await scene.event(id, 'DeploymentRejected')) as {
        problems: { line: number; column: number; message: string }[];
      };
      const lines = document.split('\n');
      expect(problems.map(({ line }) => lines[line - 1]?.trim())).toEqual([
        '- Environment: [which one]',
        '- Expected: two hundred',
      ]);
    });

    it('makes one deployment of the same request sent twice', async () => {
      const subject = await scene.subject('twice');
      const request = { document: documentFor(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' }) };
      const [one, other] = [await scene.publish(request, 'run-1'), await scene.publish(request, 'run-1')];
      expect(one).toBe(other);
      await scene.api.until(one, ['succeeded']);
      expect((await scene.api.types(one)).filter((type) => type === 'DeploymentRequested')).toHaveLength(1);
      const listed = await scene.api.get('listDeployments', { query: { service: 'twice' } });
      expect(listed?.deployments.map(({ id }) => id)).toEqual([one]);
    });

    it('runs one of two requests for one environment, and says of the other why it waits', async () => {
      const subject = await scene.subject('contended');
      const slow = { extra: ['Take a while\n   - Run: `node note.mjs slow 3000`'], watch: 'Watch for 1s, every 500ms' };
      const winner = await scene.deploy(subject, '1.0.0', slow);
      await scene.event(winner, 'PreflightRequested');
      const loser = await scene.deploy(subject, '1.1.0', { watch: 'Watch for 1s, every 500ms' });
      const held = await scene.api.until(loser, ['held']);
      expect(held.held?.why).toContain(winner);
      await scene.api.until(winner, ['succeeded']);
      await scene.api.until(loser, ['succeeded']);
      expect(await subject.servedVersion()).toBe('1.1.0');
    });

    it('cancels before a change without a trace, and after one by rolling back', async () => {
      const subject = await scene.subject('cancelled');
      await scene.deployed(subject, '1.0.0', { watch: 'Watch for 1s, every 500ms' });
      const early = await scene.deploy(subject, '1.1.0', {
        pre: ['Ponder\n   - Run: `node note.mjs ponder 60000`\n   - Mutates: no'],
      });
      await eventually(() => subject.record().some((line) => line.startsWith('begin ponder')), 'it ponders');
      expect((await scene.api.post('cancel', { params: { id: early }, body: { reason: 'not today' } })).status).toBe(
        202,
      );
      expect(await scene.api.end(early)).toMatchObject({ status: 'cancelled' });
      const late = await scene.deploy(subject, '1.1.0', {
        extra: ['Toil\n   - Run: `node note.mjs toil 60000`\n   - Undo: none'],
      });
      await eventually(() => subject.record().some((line) => line.startsWith('begin toil')), 'it toils');
      expect(
        (await scene.api.post('cancel', { params: { id: late }, body: { reason: 'not today either' } })).status,
      ).toBe(202);
      expect(await scene.api.end(late)).toMatchObject({ status: 'rolled-back-verified' });
      expect(await subject.servedVersion()).toBe('1.0.0');
      expect(subject.record().filter((line) => line.startsWith('end '))).toEqual([]);
    });
  });
}
