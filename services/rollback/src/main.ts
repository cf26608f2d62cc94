import { runProcess, startPhaseService } from '@backstay/service-kit';
import { rollbackService } from './index.ts';

await runProcess(async () => [await startPhaseService(rollbackService)]);
