import { ConfigurationProblems } from './config/config.ts';
import type { RunningService } from './application.ts';

/** Longer than this no drain is waited for, in milliseconds: leases end by themselves. */
const drainMs = 10_000;

/** Runs services as this process until SIGTERM, SIGINT or `ended`, then drains. Exit code 2 says that the configuration is wrong. */
export async function runProcess(
  start: () => Promise<readonly RunningService[]>,
  ready: (services: readonly RunningService[]) => void = () => {},
  ended: Promise<unknown> = new Promise(() => {}),
): Promise<void> {
  const services = await start().catch((error: unknown) => {
    const text =
      error instanceof ConfigurationProblems
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`${text}\n`);
    process.exit(error instanceof ConfigurationProblems ? 2 : 1);
  });
  let draining = false;
  const drain = async () => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(1), drainMs).unref();
    await Promise.allSettled(services.map((service) => service.close()));
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void drain());
  void ended.then(drain);
  ready(services);
}
