import { beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from '@backstay/document';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { redactor } from '@backstay/guarded-io';
import { logPositions } from './log-positions.ts';
import { sourceTree } from './source-tree.test-support.ts';

const { folder, at, read } = sourceTree();
beforeEach(() => mkdirSync(at('logs')));

const path = (name: string) => at('logs', name);
const log = (rest: Partial<Extract<Evidence, { reader: 'log' }>> = {}): Evidence => ({
  reader: 'log',
  files: ['logs/*.log'],
  patterns: ['level=critical'],
  allow: [],
  ...rest,
});
const positions = () => logPositions(['logs/*.log'], [at()]);

describe('log evidence', () => {
  it('reads only what was written since the positions were recorded', async () => {
    writeFileSync(path('a.log'), 'level=critical before\n');
    const recorded = await positions();
    appendFileSync(path('a.log'), 'level=info after\n');
    expect(await read(log(), { logPositions: recorded })).toMatchObject({
      verdict: 'pass',
      attested: true,
      facts: { matches: 0, lines: 1, bytes: 17 },
    });
    appendFileSync(path('a.log'), 'level=critical after');
    expect(await read(log(), { logPositions: recorded })).toMatchObject({
      verdict: 'fail',
      facts: { matches: 1, lines: 2 },
      excerpts: ['level=critical after'],
    });
  });

  it('reads a log that appeared since from its beginning', async () => {
    writeFileSync(path('a.log'), '');
    const recorded = await positions();
    writeFileSync(path('b.log'), 'level=critical\n');
    expect(await read(log(), { logPositions: recorded })).toMatchObject({ verdict: 'fail' });
  });

  it('knows that a log is missing, gone, rotated or cut, and names it', async () => {
    expect(await read(log())).toMatchObject({ verdict: 'no-data', summary: 'no log file logs/*.log' });
    writeFileSync(path('a.log'), 'one line\n');
    writeFileSync(path('b.log'), 'one line\n');
    const recorded = await positions();
    writeFileSync(path('a.log'), '');
    expect(await read(log(), { logPositions: recorded })).toMatchObject({
      verdict: 'no-data',
      summary: expect.stringMatching(/a\.log was rotated or cut/),
    });
    renameSync(path('a.log'), path('a.old'));
    expect(await read(log(), { logPositions: recorded })).toMatchObject({
      verdict: 'no-data',
      summary: expect.stringMatching(/a\.log is gone/),
    });
    writeFileSync(path('a.log'), 'another file, of the same name\n');
    expect(await read(log(), { logPositions: recorded })).toMatchObject({ verdict: 'no-data' });
  });

  it('misses no log of another line of the document, where positions were recorded for both', async () => {
    writeFileSync(path('a.log'), '');
    writeFileSync(at('other.txt'), '');
    const own = log({ files: [path('*.log')] });
    const other = log({ files: [at('other.txt')] });
    const recorded = await logPositions([path('*.log'), at('other.txt')], []);
    appendFileSync(path('a.log'), 'level=info\n');
    appendFileSync(at('other.txt'), 'level=critical\n');
    expect(await read(own, { logPositions: recorded })).toMatchObject({ verdict: 'pass', facts: { lines: 1 } });
    expect(await read(other, { logPositions: recorded })).toMatchObject({ verdict: 'fail', facts: { lines: 1 } });
    rmSync(path('a.log'));
    writeFileSync(path('b.log'), '');
    expect(await read(own, { logPositions: recorded })).toMatchObject({
      verdict: 'no-data',
      summary: expect.stringMatching(/a\.log is gone/),
    });
  });

  it('reads a time window where no positions were recorded', async () => {
    const lines = [
      'level=critical undated',
      '2026-03-01T09:59:59Z level=critical early',
      '  level=critical, of the line above',
      '2026-03-01 10:00:01,5 level=info',
    ];
    writeFileSync(path('a.log'), `${lines.join('\n')}\n{"time":1772359202000,"msg":"level=critical late"}\n`);
    const result = await read(log(), { since: '2026-03-01T10:00:00Z' });
    expect(result).toMatchObject({ verdict: 'fail', facts: { lines: 3, matches: 2 } });
  });

  it.each([
    ['level=critical the certificate of 2020-01-01T00:00:00Z has expired', true],
    ['level=critical expires 2020-01-01 00:00:00', true],
    ['2026-02-28T10:00:00Z level=critical', false],
    ['[2026-02-28 10:00:00] level=critical', false],
    ['ERROR 2026-02-28 10:00:00,123 level=critical', false],
    ['web-1  | 2026-02-28T10:00:00.123456789Z level=critical', false],
    ['level=critical ts=2026-02-28T10:00:00Z', false],
    ['{"level":"x","@timestamp":"2026-02-28T10:00:00.000Z","msg":"level=critical"}', false],
    ['{"msg":"level=critical","until":"2026-02-28T10:00:00.000Z"}', true],
  ])('takes the time of a line from where it was written, not from its words: %s', async (line, isRead) => {
    writeFileSync(path('a.log'), `${line}\n`);
    const { facts } = await read(log(), { since: '2026-03-01T10:00:00Z' });
    expect(facts).toMatchObject({ matches: Number(isRead) });
  });

  it('may be of the window where a line has a time that is not understood', async () => {
    const lines = ['2026-03-01T09:59:59Z level=critical early', 'Mar  1 10:00:01 web[17]: level=critical late'];
    writeFileSync(path('a.log'), `${lines.join('\n')}\n`);
    const result = await read(log(), { since: '2026-03-01T10:00:00Z' });
    expect(result).toMatchObject({ verdict: 'fail', excerpts: ['Mar  1 10:00:01 web[17]: level=critical late'] });
  });

  it('that is not UTF-8 proves nothing, and says where', async () => {
    writeFileSync(path('a.log'), Buffer.from('one\ntwo f\xfcr three\nfour\n', 'latin1'));
    expect(await read(log())).toMatchObject({
      verdict: 'error',
      summary: expect.stringMatching(/log .*a\.log is not UTF-8 at byte 9$/),
    });
    appendFileSync(path('a.log'), 'level=critical\n');
    expect(await read(log())).toMatchObject({ verdict: 'fail', facts: { matches: 1 } });
  });

  it('that is written just now may end, and begin, within a character', async () => {
    const bytes = Buffer.from('fine ü');
    writeFileSync(path('a.log'), bytes.subarray(0, -1));
    const recorded = await positions();
    expect(await read(log())).toMatchObject({ verdict: 'pass' });
    appendFileSync(path('a.log'), Buffer.concat([bytes.subarray(-1), Buffer.from(' level=info\n')]));
    expect(await read(log(), { logPositions: recorded })).toMatchObject({ verdict: 'pass', facts: { lines: 1 } });
  });

  it('proves nothing by a line that is too long to be read, wherever a match might stand in it', async () => {
    writeFileSync(path('a.log'), `${'x'.repeat(1536 * 1024)} level=critical\nfine\n`);
    expect(await read(log())).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('has a line of more than 1048576 bytes, at byte 0'),
    });
    writeFileSync(path('a.log'), `${'x'.repeat(1024 * 1024 - 20)} level=critical\nfine\n`);
    expect(await read(log())).toMatchObject({ verdict: 'fail', facts: { matches: 1, lines: 2 } });
  });

  it.each([
    ['UTF-16', Buffer.from('\ufefflevel=critical\n', 'utf16le')],
    ['compressed', gzipSync('level=critical\n')],
  ])('that is %s proves nothing', async (what, content) => {
    writeFileSync(path('a.log'), content);
    expect(await read(log())).toMatchObject({ verdict: 'error', summary: expect.stringContaining(`is ${what}`) });
  });

  it('takes lines out that are allowed', async () => {
    writeFileSync(path('a.log'), 'level=critical known noise\nlevel=critical news\n');
    expect(await read(log({ allow: ['known noise'] }))).toMatchObject({
      facts: { matches: 1 },
      excerpts: ['level=critical news'],
    });
    expect(await read(log({ allow: ['/noise$/', 'news'] }))).toMatchObject({ verdict: 'pass' });
  });

  it('takes a pattern literally unless it stands between slashes', async () => {
    writeFileSync(path('a.log'), 'FATAL 17\na.c\n');
    expect(await read(log({ patterns: ['a.c'] }))).toMatchObject({ facts: { matches: 1 } });
    expect(await read(log({ patterns: ['[a-z]+'] }))).toMatchObject({ facts: { matches: 0 } });
    expect(await read(log({ patterns: ['/fatal \\d+/i'] }))).toMatchObject({ facts: { matches: 1 } });
    expect(await read(log({ patterns: ['/(/'] }))).toMatchObject({
      verdict: 'error',
      summary: '/(/ is not a regular expression',
    });
  });

  it('ends an expression that would never end', async () => {
    writeFileSync(path('a.log'), `${'a'.repeat(60)}b\n`);
    expect(await read(log({ patterns: ['/^(a+)+$/'] }))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('takes too long'),
    });
  });

  it('ends one that is slow in each of many batches, before they are read', async () => {
    const slow = `${'a'.repeat(200_000)}c\n`;
    writeFileSync(path('a.log'), slow.repeat(40));
    expect(await read(log({ patterns: ['/a*b/'] }))).toMatchObject({
      verdict: 'error',
      summary: expect.stringContaining('takes too long'),
    });
  });

  it('shows five lines, without secrets', async () => {
    writeFileSync(path('a.log'), 'level=critical password=hunter22\n'.repeat(7));
    const { excerpts, facts } = await read(log(), { redact: redactor(['hunter22']).text });
    expect(facts.matches).toBe(7);
    expect(excerpts).toEqual(Array(5).fill('level=critical password=***'));
  });

  it('finds a match across the pieces in which a file is read', async () => {
    writeFileSync(path('a.log'), `${'ü'.repeat(32_760)}\n${'x'.repeat(10)} level=critical ü\n`);
    expect(await read(log())).toMatchObject({ facts: { matches: 1, lines: 2 } });
  });

  it.each([
    ['named', () => path('secret')],
    ['named by a step up', () => 'logs/../logs/secret'],
    ['linked', () => 'logs/linked.log'],
  ])('is read nowhere but below the folders that may be read: %s', async (_how, file) => {
    const outside = folder();
    writeFileSync(join(outside, 'shadow'), 'level=critical root:x:0:0\n');
    symlinkSync(join(outside, 'shadow'), path('linked.log'));
    symlinkSync(join(outside, 'shadow'), path('secret'));
    const evidence = log({ files: [file()] });
    const refused = await read(evidence, { logFolders: [at()] });
    expect(refused).toMatchObject({ verdict: 'error', summary: expect.stringContaining('add its folder to `logs`') });
    expect(JSON.stringify(refused)).not.toContain('root:x');
    expect(await read(evidence, { logFolders: [at(), outside] })).toMatchObject({ verdict: 'fail' });
  });

  it('looks in the running release before the workspace', async () => {
    const release = folder();
    mkdirSync(join(release, 'logs'));
    writeFileSync(join(release, 'logs/a.log'), 'fine\n');
    writeFileSync(path('a.log'), 'level=critical\n');
    expect(await read(log(), { logDirectories: [release, at()] })).toMatchObject({ verdict: 'pass' });
    expect(await read(log({ files: [path('a.log')] }), { logDirectories: [release] })).toMatchObject({
      verdict: 'fail',
    });
  });
});

describe.skipIf(process.getuid?.() !== 0)('what steps of another user have written', () => {
  const nobody = { uid: 65534, gid: 65534, home: '/' };
  const environment = { variables: {}, lookup: () => undefined, argument: (text: string) => text };
  const asNobody = { environment: { ...environment, account: () => nobody } };
  const junit: Evidence = { reader: 'junit', glob: 'logs/*.log' };
  let closed: string;
  beforeEach(() => {
    closed = folder();
    mkdirSync(join(closed, 'logs'));
    writeFileSync(join(closed, 'logs', 'a.log'), 'level=critical of another\n', { mode: 0o644 });
    chownSync(at(), nobody.uid, nobody.gid);
  });

  it('is read with the rights of that user: neither logs nor reports through a link to what it cannot read', async () => {
    symlinkSync(join(closed, 'logs', 'a.log'), path('a.log'));
    const found = await read(log(), asNobody);
    expect(found).toMatchObject({
      verdict: 'error',
      summary: expect.stringMatching(/^the user of the steps cannot read/),
    });
    expect(found.excerpts).toBeUndefined();
    expect(await read(junit, asNobody)).toMatchObject({ verdict: 'no-data' });
    expect(await read(log(), { environment })).toMatchObject({ verdict: 'fail' });
  });

  it('is not read where the source tree itself has become a link', async () => {
    const way = at('way');
    symlinkSync(closed, way);
    for (const evidence of [log(), junit])
      expect(await read(evidence, { source: way, ...asNobody })).toMatchObject({
        verdict: 'error',
        summary: expect.stringMatching(/^the user of the steps cannot read/),
      });
  });

  it('is not read where it is exchanged for a link after a look at it', async () => {
    mkdirSync(at('own'));
    writeFileSync(at('own', 'a.log'), 'level=critical\n');
    const way = at('way');
    let rounds = 0;
    let isOver = false;
    const swapping = (async () => {
      for (; !isOver; rounds += 1) {
        symlinkSync(rounds % 2 === 0 ? at('own') : join(closed, 'logs'), `${way}.next`);
        renameSync(`${way}.next`, way);
        await nextTick();
      }
    })();
    await nextTick();
    const excerpts: string[] = [];
    for (let each = 0; each < 20; each += 1)
      excerpts.push(...((await read(log({ files: ['way/a.log'] }), asNobody)).excerpts ?? []));
    isOver = true;
    await swapping;
    expect(rounds).toBeGreaterThan(20);
    expect(new Set(excerpts)).toEqual(new Set(['level=critical']));
  });

  it('is read like any other where that user can read it, from where it began and up to where it ended', async () => {
    writeFileSync(path('a.log'), 'level=critical before\nlevel=critical since\n');
    chownSync(path('a.log'), nobody.uid, nobody.gid);
    const noted = await logPositions(['logs/*.log'], [at()]);
    expect(await read(log(), { ...asNobody, logPositions: noted })).toMatchObject({
      verdict: 'pass',
      facts: { bytes: 0 },
    });
    const [file] = Object.keys(noted);
    noted[file!]!.offset = 'level=critical before\n'.length;
    const found = await read(log(), { ...asNobody, logPositions: noted });
    expect(found).toEqual(await read(log(), { logPositions: noted }));
    expect(found).toMatchObject({ verdict: 'fail', excerpts: ['level=critical since'] });
    writeFileSync(path('a.log'), '<testsuite name="a" tests="1"><testcase name="b"/></testsuite>');
    expect(await read(junit, asNobody)).toMatchObject({ verdict: 'pass' });
  });

  it('is not what Backstay has written, which it reads itself where no link leads out of it', async () => {
    const beside = folder();
    writeFileSync(join(beside, 'b.log'), 'level=critical beside\n');
    symlinkSync(join(beside, 'b.log'), join(closed, 'logs', 'b.log'));
    const own = { ...asNobody, ownLogs: closed };
    const named = (name: string) => log({ files: [join(closed, 'logs', name)] });
    expect(await read(named('a.log'), own)).toMatchObject({ verdict: 'fail' });
    expect(await read(named('a.log'), asNobody)).toMatchObject({ verdict: 'error' });
    expect(await read(named('b.log'), own)).toMatchObject({ verdict: 'error' });
  });
});

describe.skipIf(process.getuid?.() !== 0)('a command of another user that prints a log', () => {
  it('runs in no folder that this user cannot reach', async () => {
    const closed = at('closed');
    mkdirSync(join(closed, 'open'), { recursive: true });
    chmodSync(closed, 0o700);
    writeFileSync(join(closed, 'open', 'secret'), 'level=critical of another\n');
    const way = at('way');
    const account = () => ({ uid: 65534, gid: 65534, home: '/' });
    const environment = { variables: {}, lookup: () => undefined, argument: (text: string) => text, account };
    chmodSync(at(), 0o711);
    const evidence = log({ files: [], command: { text: 'cat secret', argv: ['cat', 'secret'] } });
    symlinkSync(join(closed, 'open'), way);
    expect(await read(evidence, { source: way, environment })).toMatchObject({ verdict: 'error', facts: {} });
    chmodSync(closed, 0o711);
    expect(await read(evidence, { source: way, environment })).toMatchObject({ verdict: 'fail' });
  });
});
