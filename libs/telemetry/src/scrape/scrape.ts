import { get, mebibytes } from '../reply.ts';
import { parseExposition, type Exposition } from '../exposition.ts';
import { unusable } from '../lacking.ts';
import { knownNames, startTime } from '../names.ts';
import type { ReaderOptions, Source } from '../telemetry.ts';
import { ScrapeWindow } from './scrape-window.ts';

const accept = 'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1';

const wanted = new Set<string>([...knownNames, startTime]);

/** Reads a process's own `/metrics`, and computes rates from the scrapes that it remembers. */
export function scrapeSource(url: string, { fetch, monitoring, measures, timeoutMs = 5_000 }: ReaderOptions): Source {
  const longestMs = Math.max(0, ...measures.map(({ windowMs }) => windowMs));
  const window = new ScrapeWindow(monitoring.everyMs, longestMs);

  async function scrape(): Promise<Exposition> {
    const { status, type, text } = await get(url, { fetch, timeoutMs, accept, limitBytes: mebibytes(5) });
    if (status !== 200) throw unusable(`HTTP ${status}`);
    if (/\b(html|json)\b/.test(type)) throw unusable(`the reply is ${type}, not metrics`);
    return parseExposition(text, type.includes('openmetrics'), (name) => wanted.has(name));
  }

  return {
    async open(now) {
      const exposition = await scrape();
      window.add(now, exposition);
      return {
        has: (name) => exposition.names.has(name),
        increase: async (name, by, windowMs) => window.increase(name, by, windowMs),
        level: async (gauge, over) => window.level(gauge, over),
        alert: async () => {
          throw unusable('alerts can only be asked of Prometheus, and the source is a scrape');
        },
        evaluate: async () => {
          throw unusable('PromQL can only be asked of Prometheus, and the source is a scrape');
        },
      };
    },
  };
}
