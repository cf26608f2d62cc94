import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TracedAppend } from '@backstay/event-sourcing';
import { inSpan, outsideSpans, traceAppend } from './spans.ts';
import { exportSpans } from './tracer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = `00-${traceId}-00f067aa0ba902b7-01`;
const appending = (of: string | undefined): TracedAppend => ({
  stream: 'deployment-d1',
  types: ['Raised'],
  parent: of,
});
const recorded = (of: string | undefined) => traceAppend(appending(of), async (traceparent) => traceparent);

describe('the trace context that an append records', () => {
  it('is a span of its own in the trace of its parent', async () => {
    const own = await recorded(parent);
    expect(own).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(own).not.toBe(parent);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    `ff${parent.slice(2)}`,
  ])('begins a trace where the parent is %p', async (broken) => {
    expect(await recorded(broken)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(await recorded(broken)).not.toContain(traceId);
  });
});

describe('the spans that are exported', () => {
  const exporter = new InMemorySpanExporter();

  beforeAll(() => {
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    exportSpans(true);
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    exportSpans(false);
    for (const api of [trace, context, propagation]) api.disable();
  });

  const exported = (name: string) => {
    const found = exporter.getFinishedSpans().find((span) => span.name === name);
    if (found === undefined) throw new Error(`no span ${name}`);
    return found;
  };

  it('have an append below the span in which it happens, whatever else is awaited there', async () => {
    const own = await inSpan({ name: 'effect', parent }, async () => {
      await new Promise(setImmediate);
      return recorded(parent);
    });
    const append = exported('append Raised');
    expect(append.parentSpanContext?.spanId).toBe(exported('effect').spanContext().spanId);
    expect(own).toBe(`00-${traceId}-${append.spanContext().spanId}-01`);
    expect(append.attributes).toMatchObject({ 'deployment.id': 'd1', 'backstay.events': ['Raised'] });
    expect(append.links).toEqual([]);
  });

  it('link an append to the trace of its stream where a request has one of its own', async () => {
    await inSpan({ name: 'request' }, () => recorded(parent));
    const { links, parentSpanContext } = exported('append Raised');
    expect(parentSpanContext?.traceId).not.toBe(traceId);
    expect(links).toMatchObject([{ context: { traceId, spanId: '00f067aa0ba902b7' } }]);
  });

  it('link an effect to what caused it', async () => {
    const cause = `00-${traceId}-b7ad6b7169203331-01`;
    await inSpan({ name: 'effect', parent, cause }, async () => undefined);
    expect(exported('effect').links).toMatchObject([{ context: { spanId: 'b7ad6b7169203331' } }]);
  });

  it('leave out what another one has started', async () => {
    await inSpan({ name: 'request' }, () => outsideSpans(() => recorded(parent)));
    expect(exported('append Raised').parentSpanContext?.traceId).toBe(traceId);
  });

  it('name the class of an error, never its message', async () => {
    const failing = inSpan({ name: 'effect' }, () => Promise.reject(new RangeError('with a secret')));
    await expect(failing).rejects.toThrow('with a secret');
    const { attributes, status, events } = exported('effect');
    expect(attributes).toMatchObject({ 'error.type': 'RangeError' });
    expect(JSON.stringify([attributes, status, events])).not.toContain('secret');
  });
});
