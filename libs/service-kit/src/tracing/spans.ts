import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { parseStreamName, type TraceAppend } from '@backstay/event-sourcing';
import { tracer } from './tracer.ts';

export interface SpanOptions {
  readonly name: string;
  /** Default `internal`. */
  readonly kind?: Lowercase<keyof typeof SpanKind>;
  /** W3C trace context that the span continues; without one it begins a trace. */
  readonly parent?: string | undefined;
  /** W3C trace context of what caused it, where that is not its parent. */
  readonly cause?: string | undefined;
  readonly attributes?: Attributes;
}

/** A span that its owner ends. */
export class OpenSpan {
  readonly #span: Span;
  readonly #context: Context;

  constructor(span: Span, of: Context) {
    this.#span = span;
    this.#context = trace.setSpan(of, span);
  }

  /** W3C trace context of the span; undefined where it is in no trace. */
  get traceparent(): string | undefined {
    const carrier: { traceparent?: string } = {};
    propagator.inject(this.#context, carrier, defaultTextMapSetter);
    return carrier.traceparent;
  }

  /** What is called here, and whatever it awaits, has this span as the active one. */
  run<T>(work: () => T): T {
    return context.with(this.#context, work);
  }

  /** @param error its class alone is exported: a message may quote what is not for others */
  end({ attributes = {}, error }: { readonly attributes?: Attributes; readonly error?: string } = {}): void {
    this.#span.setAttributes(attributes);
    if (error !== undefined) this.#span.setAttribute(ATTR_ERROR_TYPE, error).setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }
}

const propagator = new W3CTraceContextPropagator();

const contextOf = (traceparent: string | undefined): Context =>
  traceparent === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);

function linksTo(traceparent: string | undefined): Link[] {
  const linked = trace.getSpanContext(contextOf(traceparent));
  return linked === undefined ? [] : [{ context: linked }];
}

export function startSpan({ name, kind = 'internal', parent, cause, attributes = {} }: SpanOptions): OpenSpan {
  return openSpan(name, kind, contextOf(parent), { attributes, links: linksTo(cause) });
}

function openSpan(
  name: string,
  kind: Lowercase<keyof typeof SpanKind>,
  parent: Context,
  more: { readonly attributes: Attributes; readonly links: Link[] },
): OpenSpan {
  const options = { kind: SpanKind[kind.toUpperCase() as keyof typeof SpanKind], ...more };
  return new OpenSpan(tracer().startSpan(name, options, parent), parent);
}

/** Does work as a span, which ends with it; the error of work that fails is thrown on. */
export const inSpan = <T>(options: SpanOptions, work: () => Promise<T>): Promise<T> => during(startSpan(options), work);

async function during<T>(span: OpenSpan, work: () => Promise<T>): Promise<T> {
  try {
    const result = await span.run(work);
    span.end();
    return result;
  } catch (error) {
    span.end({ error: error instanceof Error ? error.name : 'unknown' });
    throw error;
  }
}

/** Runs work outside of any span, so that it does not become part of the span that is active by chance. */
export const outsideSpans = <T>(work: () => T): T => context.with(ROOT_CONTEXT, work);

/**
 * An append is a span below the active one, else in the trace that its command or its stream belongs to. Its events record the
 * span, so that what they cause can be linked to it from any process and at any later time.
 */
export const traceAppend: TraceAppend = ({ stream, types, parent }, work) => {
  const active = trace.getSpanContext(context.active());
  const span = openSpan(`append ${types[0]}`, 'producer', active === undefined ? contextOf(parent) : context.active(), {
    attributes: { ...streamAttributes(stream), 'backstay.events': [...types] },
    links: active === undefined ? [] : linksTo(parent).filter((link) => link.context.traceId !== active.traceId),
  });
  return during(span, () => work(span.traceparent));
};

export function streamAttributes(stream: string): Attributes {
  const { category, id } = parseStreamName(stream);
  return { 'backstay.stream': stream, ...(category !== 'environment' && { 'deployment.id': id }) };
}
