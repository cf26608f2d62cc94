import { describe, expect, it } from 'vitest';
import pico from 'picocolors';
import { why as whyOf } from '@backstay/projections';
import {
  examplePlan,
  planned,
  rejected,
  rolledBackByErrorRate,
  rolledBackByStep,
  success,
} from '@backstay/projections/testing';
import type { Why } from '@backstay/api-contract';
import { foldedLines, whyLines } from './why.ts';

const plain = pico.createColors(false);
const whyIn = (scenario: { events: Parameters<typeof whyOf>[0] }) => whyOf(scenario.events) as unknown as Why;

describe('why, at first sight', () => {
  it('begins with the cause and ends with what came of it, and says nothing twice', () => {
    const lines = foldedLines(plain, whyIn(rolledBackByErrorRate()), 'd1');
    expect(lines[3]).toMatch(/^ {2}a rollback was triggered by/);
    expect(lines[5]).toMatch(/^↳ because error rate was 9\.8 %/);
    expect(lines.filter((line) => line.startsWith('↳ then'))).toEqual([
      expect.stringContaining('the rollback to version 1.1.0 was planned'),
    ]);
    expect(lines.join('\n')).not.toContain('succeeded');
  });

  it('reports the problems of a rejection', () => {
    expect(foldedLines(plain, whyIn(rejected()), 'd1').join('\n')).toContain('error 14:3: `[version number]`');
  });

  it('reports the code of each finding of the preflight, and what would let it pass', () => {
    const against = (code: string) => ({ code, subject: 'it', ok: false, blocking: true, message: 'is bad' });
    const findings = ['disk', 'metric', 'data-loss'].map(against);
    const text = foldedLines(plain, whyIn(planned({ plan: examplePlan({ overridable: ['disk'] }), findings })), 'd1');
    expect(text.join('\n')).toContain('it: is bad [disk]; --override disk="why" lets it pass\n');
    expect(text.join('\n')).toContain('it: is bad [metric]; `overrides: [metric]` in the profile would allow');
    expect(text.join('\n')).toContain('it: is bad [data-loss]\n');
  });

  it('counts what it does not show, and says how to see it', () => {
    const why = whyIn(rolledBackByErrorRate());
    const shown = foldedLines(plain, why, 'd1').filter((line) => /^( {4}\d{4}-)/.test(line)).length;
    expect(foldedLines(plain, why).at(-1)).toBe(`  … ${why.chain.length - shown - 1} earlier events; --all shows them`);
    expect(whyLines(plain, why).filter((line) => /^ {4}\d{4}-/.test(line))).toHaveLength(why.chain.length);
  });

  it.each([rolledBackByStep, success, rejected])('has a cause, whatever happened: %#', (scenario) => {
    const lines = foldedLines(plain, whyIn(scenario()), 'd1');
    expect(lines[3]).toMatch(/^ {2}\S/);
    expect(lines.length).toBeLessThan(20);
  });
});
