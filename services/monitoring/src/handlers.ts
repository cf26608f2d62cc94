import { groundOf } from '@backstay/steps';
import type { DeploymentHandlers, Platform } from '@backstay/service-kit';
import { completed, verifyDashboards } from './dashboards/verify-dashboards.ts';
import { watchMetrics } from './metrics.ts';
import { probePreflight } from './preflight/probe-preflight.ts';
import { Readers } from './readers.ts';
import { guard } from './watch/guard.ts';
import { Ticker } from './watch/ticker.ts';
import { watchWindow } from './watch/window.ts';

/** What monitoring does of a deployment. Its readers and its ticker live as long as the process. */
export function handlersOf(platform: Platform): DeploymentHandlers {
  const readers = new Readers();
  const ticker = new Ticker(platform.now);
  const ports = { platform, ground: groundOf(platform), readers, ticker, metrics: watchMetrics(platform.registry) };
  return {
    'probe-preflight': (_effect, context) => probePreflight(readers, ticker, context),
    'perform-step': (effect, context) => verifyDashboards(readers, ticker, effect, context),
    'interrupt-step': async ({ step, attempt }, context) => [
      completed(context, step, attempt, { status: 'interrupted', reason: 'the deployment moved on' }),
    ],
    watch: ({ mode }, context) => (mode === 'guard' ? guard(ports, context) : watchWindow(ports, context)),
  };
}
