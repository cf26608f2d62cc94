import { runProcess, startPhaseService } from '@backstay/service-kit';
import { executionService } from './index.ts';

await runProcess(async () => [await startPhaseService(executionService)]);
