import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentFor } from './support/document.ts';
import { Scene } from './support/scene.ts';

// The machine may be busy with anything else; what a journey waits for, it names.
const watch = 'Watch for 1s, every 500ms';
const claims = `- [ ] Rollback procedure tested successfully
- [ ] Readme touched by this commit
  - Evidence: commit touches \`README.md\`
`;

describe('the proof that a rollback works', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open(['one-process']);
  });
  afterAll(() => scene.close());

  const criterion = async (id: string, text: string) =>
    (await scene.api.criteria(id)).find((each) => each.text.includes(text));

  it('is a rehearsal: deployed, rolled back, verified, and nothing is left of it', async () => {
    const subject = await scene.subject('rehearsed');
    scene.platform.profile([subject], { environments: ['staging', 'production'] });
    const document = (version: string) =>
      documentFor(subject, version, { environment: 'staging', watch }).replace(/.*passed in production\n/, claims);
    const first = await scene.publish({ document: document('1.0.0') });
    await scene.api.until(first, ['succeeded']);
    expect(await criterion(first, 'Rollback procedure tested')).toMatchObject({ verdict: 'unmet' });

    const rehearsal = await scene.publish({ document: document('1.1.0'), rehearse: true });
    expect(await scene.api.end(rehearsal)).toMatchObject({
      status: 'rolled-back-verified',
      kind: 'rehearsal',
      reason: 'it is a rehearsal',
      rollback: { trigger: 'rehearsal', measuredMs: expect.any(Number), estimatedMs: 300_000 },
    });
    expect(await subject.servedVersion()).toBe('1.0.0');
    expect(await criterion(first, 'Rollback procedure tested')).toMatchObject({ verdict: 'met' });
    expect(await criterion(rehearsal, 'Rollback procedure tested')).toMatchObject({
      verdict: 'met',
      reason: expect.stringMatching(/^rehearsal \S+ was rolled back in .+ \(estimated 5 min\) and verified$/),
    });
    const types = (await scene.api.audit(rehearsal)).map(({ type }) => type);
    expect(types.indexOf('EvidenceRead')).toBeGreaterThan(0);
    expect(types.indexOf('RollbackTriggered')).toBeGreaterThan(types.lastIndexOf('EvidenceRead'));

    const again = await scene.publish({ document: document('1.1.0') });
    await scene.api.until(again, ['succeeded']);
    expect(await subject.servedVersion()).toBe('1.1.0');
    await scene.event(again, 'EvidenceRead');
    const read = await criterion(again, 'Readme touched by this commit');
    expect(read?.verdict).not.toBe('waiting');

    const [evidence] = (await criterion(first, 'Rollback procedure tested'))?.evidence ?? [];
    const revoked = await scene.api.post('revokeEvidence', {
      params: { id: rehearsal, evidence: evidence?.eventId ?? '' },
      body: { reason: 'the database was not the one that production has' },
    });
    expect(revoked.status).toBe(202);
    expect(await criterion(rehearsal, 'Rollback procedure tested')).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining('revoked by'),
    });
  });

  it('is never had in production', async () => {
    const subject = await scene.subject('not-rehearsed');
    const refused = await scene.api.post('requestDeployment', {
      body: { document: documentFor(subject, '1.0.0'), rehearse: true },
    });
    expect([refused.status, refused.body]).toMatchObject([422, { errors: [{ code: 'rehearsal-in-production' }] }]);
    const id = await scene.publish({ document: documentFor(subject, '1.0.0'), rehearse: true });
    expect(await scene.api.end(id)).toMatchObject({ status: 'rejected' });
    expect((await scene.api.status(id))?.reason).toContain('a rollback is rehearsed before production, never in it');
  });
});
