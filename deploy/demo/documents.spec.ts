import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { demoDocument } from './documents.mjs';

const request = { version: '1.1.0', previousVersion: '1.0.0', repository: 'file:///srv/git/notes-api' };
const template = readFileSync(new URL('./deployment-template.md', import.meta.url), 'utf8').split('\n');

describe("the demo's deployment document", () => {
  it('leaves no bracket unfilled', () => {
    expect(demoDocument(request)).not.toMatch(/\[(?! \])/);
  });

  it('is the template line by line, but for what stood in brackets', () => {
    const expected = template.filter((line) => !line.includes('[Add ')).map(asPattern);
    const lines = demoDocument({ ...request, restoreDatabase: true }).split('\n');
    expect(lines).toHaveLength(expected.length);
    lines.forEach((line, index) => expect(line).toMatch(expected[index]!));
  });

  it('names the version, its tag, and the one to go back to', () => {
    const document = demoDocument(request);
    expect(document).toContain('# Deployment: notes-api 1.1.0\n');
    expect(document).toContain('- Branch/Tag: v1.1.0\n');
    expect(document).toContain('1. Pull latest code from v1.1.0\n');
    expect(document).toContain('2. Revert to previous version 1.0.0\n');
  });

  it('keeps the check boxes unticked', () => {
    const boxes = template.filter((line) => line.startsWith('- [ ]'));
    expect(
      demoDocument(request)
        .split('\n')
        .filter((line) => line.startsWith('- [ ]')),
    ).toEqual(boxes);
  });

  it('leaves the cache out where there is no Redis', () => {
    expect(demoDocument(request)).toMatch(
      /REDIS_URL=<secret: NOTES_REDIS_URL>[^]*Cache: Redis 6\+[^]*Cache connectivity/,
    );
    expect(demoDocument({ ...request, redis: false })).not.toMatch(/redis|cache/i);
  });

  it('counts the rollback steps without a gap, whether or not the database is restored', () => {
    expect(demoDocument(request)).toContain('2. Revert to previous version 1.0.0\n3. Restart services\n');
    expect(demoDocument({ ...request, restoreDatabase: true })).toContain(
      '3. Restore database to backup of step 3\n4. Restart services\n',
    );
  });
});

/** Matches the template's line with anything in place of its brackets. */
function asPattern(line: string) {
  const fixed = line.split(/\[(?! \])[^\]]+\]|<[^>]+>/).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${fixed.join('.+')}$`);
}
