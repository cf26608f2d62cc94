import type { DeploymentCommand } from '@backstay/deployment';
import type { StepContext } from '@backstay/steps';
import type { DeploymentContext, Platform } from '@backstay/service-kit';
import type { WatchMetrics } from '../metrics.ts';
import type { Readers } from '../readers.ts';
import { endOf, left, runningOf } from '../running.ts';
import { WatchSession } from './session.ts';
import type { Ticker } from './ticker.ts';

export interface WatchPorts {
  readonly platform: Pick<Platform, 'deployments' | 'measurements'>;
  readonly steps: StepContext;
  readonly readers: Readers;
  readonly ticker: Ticker;
  readonly metrics: WatchMetrics;
}

/** Watches while the deployment is executed, verified or held: measured breaches count, missing data is only recorded. */
export async function guard(
  { platform, readers, ticker, metrics }: WatchPorts,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const run = runningOf(context.state);
  const { plan } = run.drafted;
  const reader = readers.of(context.id, plan);
  if (reader === null) return [];
  const from = run.status === 'monitoring' ? (run.watch?.from ?? null) : null;
  const session = await WatchSession.open({
    platform,
    reader,
    metrics,
    mode: 'guard',
    context,
    from,
    checks: null,
    load: null,
  });
  const { everyMs } = plan.monitoring;
  const grid = session.ticksFrom(context.now());
  for await (const time of ticker.ticks({ everyMs, from: grid, signal: endOf(context) })) {
    const judgement = await session.tick(time);
    if (judgement === null) continue;
    await session.reportAlerts(judgement);
    if (judgement.decision?.decision === 'degraded') return [session.detection(judgement.decision)];
  }
  return left(context);
}
