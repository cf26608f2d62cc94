import { setTimeout as pause } from 'node:timers/promises';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { loggingErrorHandler, setGlobalErrorHandler } from '@opentelemetry/core';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { ConfigurationProblems } from '../config/config.ts';
import { exportSpans, isExporting } from './tracer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface WarningLog {
  warn(details: object, message: string): void;
}

/** Longer than this nobody waits for the last spans to be exported, in milliseconds. */
const flushMs = 3_000;
const operation = 'export spans';

/**
 * Exports the spans of this process as the standard variables of OpenTelemetry say (`OTEL_TRACES_EXPORTER`,
 * `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`, `OTEL_SDK_DISABLED` and those of the SDK); without them nothing is exported.
 * The first caller in a process decides for all of them.
 * @returns what exports the last spans and ends it
 * @throws {ConfigurationProblems}
 */
export async function startTracing(
  name: string,
  environment: Environment,
  log: WarningLog,
): Promise<() => Promise<void>> {
  if (isExporting()) return async () => undefined;
  const exporters = await Promise.all(exportersOf(environment).map((load) => load()));
  if (exporters.length === 0) return async () => undefined;
  const warn = (message: string) => log.warn({ operation }, message);
  diag.setLogger({ error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} }, DiagLogLevel.WARN);
  const lost = (error: unknown) => log.warn({ err: error, operation }, 'spans were not exported');
  setGlobalErrorHandler(lost);
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: `backstay-${name}` }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: exporters.map((exporter) => new BatchSpanProcessor(exporter)),
  });
  provider.register();
  exportSpans(true);
  return async () => {
    await Promise.race([provider.shutdown(), pause(flushMs, undefined, { ref: false })]).catch(lost);
    exportSpans(false);
    for (const api of [trace, context, propagation, diag]) api.disable();
    setGlobalErrorHandler(loggingErrorHandler());
  };
}

type Load = () => Promise<SpanExporter>;

const onConsole: Load = async () => new ConsoleSpanExporter();

const otlp: Readonly<Record<string, Load>> = {
  'http/protobuf': async () => new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter(),
  'http/json': async () => new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter(),
};

/** @throws {ConfigurationProblems} */
export function exportersOf(environment: Environment): readonly Load[] {
  const { OTEL_SDK_DISABLED = '', OTEL_TRACES_EXPORTER } = environment;
  if (OTEL_SDK_DISABLED.toLowerCase() === 'true') return [];
  const hasEndpoint = Boolean(
    environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || environment['OTEL_EXPORTER_OTLP_ENDPOINT'],
  );
  const named = (OTEL_TRACES_EXPORTER || (hasEndpoint ? 'otlp' : 'none')).split(',').map((name) => name.trim());
  const problems: string[] = [];
  const loads = named.flatMap((name) => {
    if (name === 'none') return [];
    if (name === 'console') return [onConsole];
    if (name === 'otlp') return otlpLoad(environment, problems);
    problems.push(`OTEL_TRACES_EXPORTER: expected otlp, console or none, not ${name}`);
    return [];
  });
  if (problems.length > 0) throw new ConfigurationProblems(problems);
  return loads;
}

function otlpLoad(environment: Environment, problems: string[]): Load[] {
  const variable = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'].find(
    (name) => environment[name],
  );
  const protocol = (variable && environment[variable]) || 'http/protobuf';
  const load = otlp[protocol];
  if (load === undefined) problems.push(`${variable}: expected ${Object.keys(otlp).join(' or ')}, not ${protocol}`);
  return load === undefined ? [] : [load];
}
