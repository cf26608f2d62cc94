// The six services in one process, for `backstay dev`, the demo and small machines. Prints `ready URL` when all of them are.
// With `--while-stdin` it drains when its standard input ends, so that it never outlives whoever started it.
import { runProcess, startPhaseService } from '@backstay/service-kit';
import { executionService } from '@backstay/execution-service';
import { monitoringService } from '@backstay/monitoring-service';
import { startOperatorApi } from '@backstay/operator-api';
import { planningService } from '@backstay/planning-service';
import { rollbackService } from '@backstay/rollback-service';
import { verificationService } from '@backstay/verification-service';

// Health of each phase is at a free port: six of them share this process, and one more process must not collide with it.
const environment = { ...process.env, BACKSTAY_HEALTH_PORT: process.env.BACKSTAY_HEALTH_PORT ?? '0' };
const phases = [planningService, executionService, verificationService, monitoringService, rollbackService];

await runProcess(
  async () => {
    const api = await startOperatorApi(environment);
    return [api, ...(await Promise.all(phases.map((service) => startPhaseService(service, environment))))];
  },
  ([api]) => console.log(`ready ${api.url}`),
  process.argv.includes('--while-stdin') ? stdinEnded() : undefined,
);

function stdinEnded() {
  return new Promise((resolve) => process.stdin.on('end', resolve).on('error', resolve).resume());
}
