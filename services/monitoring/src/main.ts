import { runProcess, startPhaseService } from '@backstay/service-kit';
import { monitoringService } from './index.ts';

await runProcess(async () => [await startPhaseService(monitoringService)]);
