import { pino } from 'pino';
import { ConfigurationProblems } from './config/config.ts';
import { mayGoOn } from './stray-errors.ts';
import type { RunningService } from './application.ts';

/** Longer than this no drain is waited for, in milliseconds: leases end by themselves. */
const drainMs = 10_000;

/** Runs services as this process until SIGTERM, SIGINT or `ended`, then drains. Exit code 2 says that the configuration is wrong. */
export async function runProcess(
  start: () => Promise<readonly RunningService[]>,
  ready: (services: readonly RunningService[]) => void = () => {},
  ended: Promise<unknown> = new Promise(() => {}),
): Promise<void> {
  keepAlive();
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
  const leave = () => {
    drain().catch(() => process.exit(1));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leave);
  ended.then(leave, leave).catch(() => process.exit(1));
  ready(services);
}

/** From the first moment on: what nobody has handled is logged, and ends the process only where its state is not known any more. */
function keepAlive(): void {
  const logger = pino({ base: { service: 'process' } }, pino.destination({ dest: 2, sync: true }));
  process.on('uncaughtException', (error, origin) => {
    if (mayGoOn(error, origin)) return logger.error({ err: error, origin }, 'an error that nobody handled');
    logger.fatal({ err: error, origin }, 'the process ends: an exception that nobody handled');
    process.exit(1);
  });
}
