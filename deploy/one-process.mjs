// The six services in one process, for `backstay dev`, the demo and small machines. Prints `ready URL` when all of them are.
// With `--while-stdin` it drains when its standard input ends, so that it never outlives whoever started it.
import { openRuntime, readSettings, runProcess, startPhaseServices } from '@backstay/service-kit';
import { executionService } from '@backstay/execution-service';
import { monitoringService } from '@backstay/monitoring-service';
import { startOperatorApiOn } from '@backstay/operator-api';
import { planningService } from '@backstay/planning-service';
import { rollbackService } from '@backstay/rollback-service';
import { verificationService } from '@backstay/verification-service';

// Health of each phase is at a free port: six of them share this process, and one more process must not collide with it.
const environment = { ...process.env, BACKSTAY_HEALTH_PORT: process.env.BACKSTAY_HEALTH_PORT ?? '0' };
const phases = [planningService, executionService, verificationService, monitoringService, rollbackService];

await runProcess(
  async () => {
    const runtime = await openRuntime('platform', readSettings(environment));
    const starting = startPhaseServices(phases, runtime);
    const [api, started] = await Promise.all([startOperatorApiOn(runtime, starting), starting]);
    const close = async () => {
      await Promise.all([api.close(), started.close()]);
      await runtime.close();
    };
    return [{ ...api, close }];
  },
  ([api]) => console.log(`ready ${api.url}`),
  process.argv.includes('--while-stdin') ? stdinEnded() : undefined,
);

function stdinEnded() {
  return new Promise((resolve) => process.stdin.on('end', resolve).on('error', resolve).resume());
}
