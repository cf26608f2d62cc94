import { runProcess, startPhaseService } from '@backstay/service-kit';
import { planningService } from './index.ts';

await runProcess(async () => [await startPhaseService(planningService)]);
