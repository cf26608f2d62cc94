import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEnded } from '@backstay/deployment';
import type { Criterion } from '@backstay/document';
import { eventually } from '@backstay/local-platform/testing';
import { planOf, run, world } from './execution.test-support.ts';

const here = world();

const report =
  '<testsuites><testsuite name="a" tests="2"><testcase name="b"/><testcase name="c"/></testsuite></testsuites>';
const glob = 'reports/contract.xml';
const criterion: Criterion = {
  text: 'Contract tests passed',
  line: 400,
  rule: { kind: 'evidence', evidence: { reader: 'junit', glob } },
};
const plan = planOf([run('deploy.1', 'echo deployed')], { acceptanceCriteria: [criterion] });

function bring(id: string): void {
  const folder = join(here.dataDir, 'workspaces', id, 'source', 'reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'contract.xml'), report);
}

const readingsOf = async (id: string) => (await here.events(id)).filter(({ type }) => type === 'EvidenceRead');

describe('a criterion with evidence of its own', () => {
  it('is read when the steps are done, as an event with the digest of what was read', async () => {
    const id = await here.planned(plan);
    bring(id);
    await here.start();
    await eventually(async () => (await readingsOf(id)).length > 0);
    const sha256 = createHash('sha256').update(report).digest('hex');
    expect((await readingsOf(id))[0]?.data).toMatchObject({
      line: 400,
      text: 'Contract tests passed',
      reading: { reader: 'junit', verdict: 'pass', facts: { tests: 2 }, files: [{ path: glob, sha256 }] },
    });
  });

  it('of which there is nothing to read is an event too, and keeps nothing from its end', async () => {
    const id = await here.planned(plan);
    await here.start();
    await eventually(async () => (await readingsOf(id)).length > 0);
    expect((await readingsOf(id))[0]?.data).toMatchObject({ reading: { verdict: 'no-data', files: [] } });
    expect((await here.state(id)).status).toBe('verifying');
  });

  it('is read once, however often execution is started, and after the end where it was not read before', async () => {
    const id = await here.planned(plan);
    bring(id);
    const first = await here.start();
    await here.until(id, ({ status }) => status === 'verifying');
    await first.stop();
    const check = { kind: 'health-check' as const, title: 'health', passed: true, line: 1, attempts: 1, observed: {} };
    const at = new Date().toISOString();
    await here.send(id, { type: 'RecordChecks', purpose: 'verification', token: 1, results: [check], at });
    expect(isEnded(await here.state(id))).toBe(true);
    const second = await here.start();
    await eventually(async () => (await readingsOf(id)).length > 0);
    await second.stop();
    const third = await here.start();
    await eventually(async () => (await here.platform.pendingWork.look(['execution'], 100, '')).due.length === 0);
    await third.stop();
    expect(await readingsOf(id)).toHaveLength(1);
  });
});
