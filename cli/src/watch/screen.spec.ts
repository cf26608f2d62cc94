import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Screen } from './screen.ts';

describe('the screen', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function draw(lines: () => string[], rows = 24, columns = 80) {
    const written: string[] = [];
    const screen = new Screen({ write: (text) => written.push(text), isTTY: true, columns, rows }, lines);
    return { screen, written };
  }

  it('draws at most every 200 ms, and only what changed', () => {
    let text = 'one';
    const { screen, written } = draw(() => [text]);
    const begun = written.length;
    vi.advanceTimersByTime(1_000);
    expect(written).toHaveLength(begun);
    text = 'two';
    vi.advanceTimersByTime(100);
    text = 'three';
    vi.advanceTimersByTime(100);
    expect(written.slice(begun)).toEqual(['\u001b[1A\r\u001b[0Jthree\n']);
    screen.close();
  });

  it('goes back over all rows of a text with line feeds, none of which passes for a line of its own', () => {
    let text = 'why: a\nb';
    const { screen, written } = draw(() => [text]);
    expect(written.at(-1)).toBe('\u001b[0Jwhy: a\n  │ b\n');
    text = 'done';
    vi.advanceTimersByTime(200);
    expect(written.at(-1)).toBe('\u001b[2A\r\u001b[0Jdone\n');
    screen.close();
  });

  it('never draws more than the window has, and leaves everything at the end', () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const { screen, written } = draw(() => lines, 10);
    expect(written.at(-1)?.split('\n').filter(Boolean)).toHaveLength(9);
    expect(written.at(-1)).toContain('line 49');
    screen.close();
    expect(written.at(-2)?.split('\n')).toHaveLength(51);
    expect(written.at(-1)).toBe('\u001b[?25h');
  });

  it('cuts lines to the width, so that none breaks', () => {
    const { screen, written } = draw(() => ['x'.repeat(200)], 24, 40);
    expect(written.at(-1)).toContain(`${'x'.repeat(38)}…\n`);
    screen.close();
  });

  it('cuts by what is seen: colour codes take no space, wide characters take two columns', () => {
    const { screen, written } = draw(() => ['\u001b[31mab決済\u001b[39mcdef'], 24, 8);
    expect(written.at(-1)).toContain('\u001b[31mab決済…\u001b[39m\n');
    screen.close();
  });
});
