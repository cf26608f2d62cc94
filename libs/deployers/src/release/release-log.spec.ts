import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseLog } from './release-log.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstay-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the end of a release's log", () => {
  const at = () => join(folder, 'release.log');

  it('has no word of an earlier start', () => {
    writeFileSync(at(), 'SyntaxError: of yesterday\n');
    const log = releaseLog(at());
    expect(log.tail()).toBe('');
    appendFileSync(at(), 'of today\n');
    expect(log.tail()).toBe('of today\n');
  });

  it('is read from the beginning where the log was begun anew', () => {
    writeFileSync(at(), 'x'.repeat(100));
    const log = releaseLog(at());
    writeFileSync(at(), 'anew\n');
    expect(log.tail()).toBe('anew\n');
  });

  it('has whole lines of a long one', () => {
    const log = releaseLog(at());
    writeFileSync(at(), 'é first\n'.repeat(5_000) + 'last\n');
    expect(log.tail()).toMatch(/^(é first\n)+last\n$/);
    expect(log.tail().length).toBeLessThan(16 * 1024);
  });

  it('is empty where there is none', () => expect(releaseLog(at()).tail()).toBe(''));
});
