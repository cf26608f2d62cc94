import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult, ReleaseRef } from '@backstay/deployment';
import type { Delivery } from '@backstay/document';
import { withReleaseRunning } from './release-running.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'backstay-running-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const check = (more: Partial<CheckResult> = {}): CheckResult => ({
  kind: 'health-check',
  title: 'Application health',
  passed: true,
  line: 3,
  attempts: 1,
  observed: {},
  ...more,
});
const target: ReleaseRef = { version: '1.0.0', commit: null, release: '1.0.0-aaaaaaaaaaaa', deployment: null };
const delivery = (): Delivery => ({
  deployer: 'release',
  hosts: ['local'],
  root,
  start: { text: 'node server.mjs', argv: ['node', 'server.mjs'] },
  ready: { method: 'GET', path: '/health' },
  keepReleases: 3,
});

describe('what a deployer finds running', () => {
  it.each<[string, readonly CheckResult[], ReleaseRef, boolean]>([
    ['nothing was checked', [], target, true],
    ['the service has said which version it is', [check({ served: '1.1.0' })], target, true],
    ['commands put the target there', [check()], { ...target, release: null }, true],
    ['no deployer put it there', [check()], target, false],
    ['no process runs', [check()], target, true],
  ])('adds nothing where %s', async (_why, results, to, isDelivered) => {
    expect(await withReleaseRunning(results, to, isDelivered ? delivery() : null)).toEqual(results);
  });
});
