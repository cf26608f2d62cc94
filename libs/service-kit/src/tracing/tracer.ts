import { trace, type Tracer } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-node';

const name = 'backstay';

/** Gives spans the ids that events record, where nothing is exported. */
const unexported = new BasicTracerProvider();

let exporting = false;

/** Whether the provider that is registered with the API exports spans. */
export const isExporting = (): boolean => exporting;

export function exportSpans(exported: boolean): void {
  exporting = exported;
}

export const tracer = (): Tracer => (exporting ? trace.getTracer(name) : unexported.getTracer(name));
