import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import type { Evidence } from '@backstay/document';
import { readXml } from '@backstay/guarded-io';
import { readEvidence } from './read-evidence.ts';
import type { EvidenceSources } from './sources.ts';

/** A source tree for each test, empty at its beginning; all of them are removed at the end. */
export function sourceTree() {
  const folders: string[] = [];
  let source: string;
  beforeEach(() => {
    source = folder();
  });
  afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

  /** One more, outside of the tree. */
  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'evidence-'));
    folders.push(made);
    return made;
  }
  const at = (...path: string[]) => join(source, ...path);
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };
  const read = (evidence: Evidence, sources: Partial<EvidenceSources> = {}) =>
    readEvidence(evidence, { readXml, source, commit: 'c1', ...sources });
  return { folder, at, put, read };
}
