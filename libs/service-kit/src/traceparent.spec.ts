import { describe, expect, it } from 'vitest';
import { childOf } from './traceparent.ts';

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('trace context', () => {
  it('stays in the trace with a span of its own', () => {
    const child = childOf(parent);
    expect(child).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    expect(child).not.toBe(parent);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    `ff${parent.slice(2)}`,
  ])('begins a trace where the parent is %p', (broken) => {
    expect(childOf(broken)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(childOf(broken)).not.toContain('4bf92f3577b34da6a3ce929d0e0e4736');
  });
});
