import { describe, expect, it } from 'vitest';
import type { Action, Step } from '@backstay/document';
import { backupPath, directoryOf, insideWorkspace } from './layout.ts';

const command = { text: 'true', argv: ['true'] };
const run: Action = { kind: 'run', shell: false, commands: [command] };
const checkout = (into: string): Action => ({ kind: 'checkout', repository: '/r', ref: 'main', into });
const planned = (id: string, line: number, action: Action, directory?: string) =>
  ({ id, action, directory, source: { line } }) as Step;

describe('the directory of a step', () => {
  const steps = [
    planned('deploy.1', 1, run),
    planned('deploy.2', 2, checkout('other')),
    planned('deploy.3', 3, run),
    planned('deploy.4', 4, run, 'tools'),
  ];
  const of = (id: string) =>
    directoryOf(
      { steps },
      steps.find((each) => each.id === id)!,
    );

  it('is the source, then where the last checkout before it went, unless the step says otherwise', () => {
    expect([of('deploy.1'), of('deploy.3'), of('deploy.4')]).toEqual(['source', 'other', 'tools']);
  });

  it('of an undo is that of the step which it undoes', () => {
    expect(directoryOf({ steps }, planned('rollback.1', 1, run))).toBe('source');
    expect(directoryOf({ steps }, planned('rollback.2', 3, run))).toBe('other');
  });

  it('never leads out of the workspace', () => {
    expect(insideWorkspace('/data/workspaces/w', 'a/../b')).toBe('/data/workspaces/w/b');
    expect(() => insideWorkspace('/data/workspaces/w', '../other')).toThrow('leads out of the workspace');
    expect(() => insideWorkspace('/data/workspaces/w', '/etc')).toThrow('leads out of the workspace');
  });
});

describe('the file of a backup', () => {
  it('is named after its step, and numbered where there are several', () => {
    expect(backupPath('/data', 'd', 'pre.3', null)).toBe('/data/backups/d/pre.3.dump');
    expect(backupPath('/data', 'd', 'pre.3', 2)).toBe('/data/backups/d/pre.3.2.dump');
  });
});
