import { z } from 'zod';

interface MetricSourceKind {
  /** What stands before the address in a document. */
  readonly form: string;
  /** What messages say of it: the source is …. */
  readonly is: string;
  /** Whether it evaluates queries in PromQL and knows alerts; what cannot is not asked. */
  readonly asksPrometheus: boolean;
}

/** Where metrics are read. What reads them is `libs/telemetry`. */
export const metricSources = {
  scrape: { form: 'scrape', is: 'scraped', asksPrometheus: false },
  prometheus: { form: 'Prometheus at', is: 'Prometheus', asksPrometheus: true },
} as const satisfies Readonly<Record<string, MetricSourceKind>>;

type Kind = keyof typeof metricSources;

export interface MetricSource {
  readonly kind: Kind;
  readonly url: string;
}

const kinds = Object.keys(metricSources) as readonly Kind[];

export const metricSourceSchema = z.discriminatedUnion(
  'kind',
  kinds.map((kind) => z.object({ kind: z.literal(kind), url: z.string() })) as never,
) as unknown as z.ZodType<MetricSource>;

/** As they are written in prose and messages: `scrape`, `Prometheus`. */
export const metricSourceNames: readonly string[] = kinds.map((kind) => metricSources[kind].form.split(' ')[0]!);

/** The kind of this name, however it is capitalised. */
export function metricSourceNamed(name: string | undefined): Kind | undefined {
  return kinds.find((kind) => kind === name?.toLowerCase());
}

/** What one has to write who needs Prometheus, and what the source is instead: for a message. */
export function insteadOfPrometheus({ kind }: MetricSource): string {
  const asking = kinds.filter((each) => metricSources[each].asksPrometheus);
  const forms = asking.map((each) => `\`Source: ${metricSources[each].form} \`…\`\``);
  return `write ${forms.join(' or ')}, the source here is ${metricSources[kind].is}`;
}

export function asksPrometheus(source: MetricSource | null | undefined): boolean {
  return source != null && metricSources[source.kind].asksPrometheus;
}
