import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { writeAssigned } from '@backstay/document';
import { stringify } from 'yaml';
import { UnreadableSecretFile } from './errors.ts';
import { readSecretFile } from './secret-file.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'secret-file-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secretsOf = (content: string | Uint8Array) => {
  const path = join(folder, 'secrets');
  writeFileSync(path, content);
  return Object.fromEntries(readSecretFile(path));
};

const pem =
  '-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG\n9w0BAQEFAASCAT8wggE7AgEAAkEA==\n-----END PRIVATE KEY-----';

describe('a secrets file', () => {
  it.each([
    [
      'PIN: 0042\nACCOUNT: 12345678901234567890\nBUILD: 1.10\nHEX: 0x1F\nEXP: 1e3\nYES: yes\nON: true\nDAY: 2026-01-01\n',
    ],
    [
      '{"PIN": 0042, "ACCOUNT": 12345678901234567890, "BUILD": 1.10, "HEX": 0x1F, "EXP": 1e3, "YES": "yes", "ON": true, "DAY": "2026-01-01"}',
    ],
    ['PIN=0042\nACCOUNT=12345678901234567890\nBUILD=1.10\nHEX=0x1F\nEXP=1e3\nYES=yes\nON=true\nDAY=2026-01-01\n'],
  ])('gives each value as it is written: %s', (content) => {
    expect(secretsOf(content)).toEqual({
      PIN: '0042',
      ACCOUNT: '12345678901234567890',
      BUILD: '1.10',
      HEX: '0x1F',
      EXP: '1e3',
      YES: 'yes',
      ON: 'true',
      DAY: '2026-01-01',
    });
  });

  it('has quotes, values of several lines, and comments behind values', () => {
    const content = `# keys\nKEY="${pem}"\nexport C="x" # c\nBARE=y # c\nHASH=a#b\nEMPTY=\n\nS='$5 "off"'\n`;
    const secrets = { KEY: pem, C: 'x', BARE: 'y', HASH: 'a#b', EMPTY: '', S: '$5 "off"' };
    expect(secretsOf(content)).toEqual(secrets);
    expect(secretsOf(`\uFEFF${content.replaceAll('\n', '\r\n')}`)).toEqual({
      ...secrets,
      KEY: pem.replaceAll('\n', '\r\n'),
    });
    expect(secretsOf(`KEY: |-\n${pem.replaceAll(/^/gm, '  ')}\n`)).toEqual({ KEY: pem });
  });

  it.each([
    ['A=1\nMY-KEY=hunter2\n', 2],
    ['MY-KEY=hunter2\nA=1\n', 1],
    ['A=1\n# c\nD: hunter2\n', 3],
    ['A = hunter2', 1],
    ['A=1\nhunter2', 2],
    [`A=1\nKEY=${pem}`, 3],
    ['A=1\nB="hunter2\nC=3', 2],
    ['A=1\nB="hunter2\nC="3"', 2],
    ['A=1\nB="x" hunter2', 2],
    ['A=1\nB=2\nA=hunter2', 3],
    ['A: 1\nB-C: hunter2', 2],
    ['A: 1\nB:\nC: hunter2', 2],
    ['A: 1\nB: null', 2],
    ['A: 1\nB: [hunter2]', 2],
    ['A: 1\nB: !!int hunter2', 2],
    ['A: 1\nA: hunter2', 2],
    ['A: 1\nB: "hunter2\n', 2],
    ['{"A": 1,\n "B": {"hunter2": 2}}', 2],
    ['- hunter2', 1],
    ['A: 1\n---\nB: hunter2', 2],
    ['A: 1\n...\n# c\nB: hunter2', 4],
    ['---\nA: 1\n--- hunter2\n', 3],
    ['{"A": 1}\n---\n{"B": "hunter2"}', 2],
  ])('is refused whole, with the line and without its content: %j', (content, line) => {
    expect(() => secretsOf(content)).toThrow(UnreadableSecretFile);
    expect(() => secretsOf(content)).toThrow(`: line ${line}: `);
    expect(() => secretsOf(content)).not.toThrow(/hunter2/);
  });

  it('is refused with the line where it has more words and marks than is read', () => {
    expect(() => secretsOf(`A: 1\nB: [${'hunter2,'.repeat(100_000)}]`)).toThrow(
      /: line 2: more than \d+ words and marks/,
    );
  });

  it('is refused where it is not UTF-8, with the place', () => {
    expect(() => secretsOf(Buffer.from('A=1\nB=caf\xE9\n', 'latin1'))).toThrow(
      'is not UTF-8: byte 10, in line 2, column 6',
    );
  });

  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'ab= \t\n"\'\\#:-{}[]$'.split('')) }),
    fc.constantFrom('0042', '1.10', '0x1F', '1e3', 'null', '~', 'yes', '', '12345678901234567890', pem),
  );
  const secrets = fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), value, { minKeys: 1, maxKeys: 6 });
  const linesOf = (all: Record<string, string>) =>
    Object.entries(all).map(([name, each]) => `${name}=${writeAssigned(each)}`);

  it('is read back exactly, whatever names and values were printed as lines, YAML or JSON', () => {
    fc.assert(
      fc.property(secrets, (all) => {
        expect(secretsOf(linesOf(all).join('\n'))).toEqual(all);
        expect(secretsOf(stringify(all))).toEqual(all);
        expect(secretsOf(JSON.stringify(all, null, 1))).toEqual(all);
      }),
      runs(100),
    );
  });

  const garblings: ((name: string, quoted: string) => string)[] = [
    (name, quoted) => `${name}: ${quoted}`,
    (name, quoted) => `${name} = ${quoted}`,
    (name, quoted) => `${name}-KEY=${quoted}`,
    (name, quoted) => `${name}=${quoted}x`,
    (name, quoted) => `${name}=${quoted.slice(0, -1)}`,
    (name, quoted) => `${name}=${quoted.slice(1)}`,
    (name, quoted) => `${name}${quoted}`,
  ];

  // A value with both a quote and ` #` may be garbled into another that nothing distinguishes from it, as `A= # a "b"`.
  const plain = value.filter((text) => !/\s#/.test(text) || !/["']/.test(text));

  it('that was garbled in one line is refused with that line, and never gives another value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[A-Z]{1,6}$/), plain, { minKeys: 2, maxKeys: 6 }),
        fc.nat(),
        fc.constantFrom(...garblings),
        (all, chance, garbled) => {
          const lines = linesOf(all);
          const names = Object.keys(all);
          const at = 1 + (chance % (names.length - 1));
          lines[at] = garbled(names[at]!, writeAssigned(all[names[at]!]!, false));
          expect(() => secretsOf(lines.join('\n'))).toThrow(`: line ${at + 1}: `);
        },
      ),
      runs(100),
    );
  });
});
