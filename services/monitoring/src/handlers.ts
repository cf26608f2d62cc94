import { interruptStep, performStep, stepContextOf } from '@backstay/steps';
import { unlessDetached, type DeploymentHandlers, type Platform } from '@backstay/service-kit';
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
  const steps = stepContextOf(platform);
  const ports = { platform, steps, readers, ticker, metrics: watchMetrics(platform.registry) };
  return {
    'probe-preflight': (_effect, context) => probePreflight(readers, ticker, context),
    'perform-step': (effect, context) =>
      unlessDetached(context.detach, performStep(steps, 'monitoring', effect, context)),
    'interrupt-step': async (effect, context) => [
      await unlessDetached(context.detach, interruptStep(steps, 'monitoring', effect, context)),
    ],
    watch: ({ mode }, context) => (mode === 'guard' ? guard(ports, context) : watchWindow(ports, context)),
  };
}
