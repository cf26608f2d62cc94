import { Module } from '@nestjs/common';
import {
  PHASE_HANDLERS,
  PLATFORM,
  unlessDetached,
  type PhaseHandlers,
  type PhaseService,
  type Platform,
} from '@backstay/service-kit';
import { interruptStep, performStep, redactedHandlers, stepContextOf } from '@backstay/steps';
import { Registry } from 'prom-client';
import { watchMetrics, type WatchMetrics } from './metrics.ts';
import { probePreflight } from './preflight/probe-preflight.ts';
import { Readers } from './readers.ts';
import { guard } from './watch/guard.ts';
import { Ticker } from './watch/ticker.ts';
import { watchWindow } from './watch/window.ts';

const WATCH_METRICS = Symbol('watch metrics');

// Readers and ticker live as long as the process.
@Module({
  providers: [
    { provide: Readers, useFactory: () => new Readers() },
    { provide: Ticker, useFactory: ({ clock, now }: Platform) => new Ticker({ ...clock, now }), inject: [PLATFORM] },
    { provide: WATCH_METRICS, useFactory: watchMetrics, inject: [Registry] },
    { provide: PHASE_HANDLERS, useFactory: handlersOf, inject: [PLATFORM, Readers, Ticker, WATCH_METRICS] },
  ],
  exports: [PHASE_HANDLERS],
})
class MonitoringModule {}

/** Watches metrics against the document's thresholds, raises alerts and triggers the rollback. */
export const monitoringService: PhaseService = { phase: 'monitoring', healthPort: 7304, module: MonitoringModule };

function handlersOf(platform: Platform, readers: Readers, ticker: Ticker, metrics: WatchMetrics): PhaseHandlers {
  const steps = stepContextOf(platform);
  const ports = { platform, steps, readers, ticker, metrics };
  return {
    deployment: redactedHandlers(steps, {
      'probe-preflight': (_effect, context) => probePreflight(readers, ticker, context),
      'perform-step': (effect, context) =>
        unlessDetached(context.detach, performStep(steps, 'monitoring', effect, context)),
      'interrupt-step': async (effect, context) => [
        await unlessDetached(context.detach, interruptStep(steps, 'monitoring', effect, context)),
      ],
      watch: ({ mode }, context) => (mode === 'window' ? watchWindow(ports, context) : guard(ports, context)),
    }),
  };
}
