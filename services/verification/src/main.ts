import { runProcess, startPhaseService } from '@backstay/service-kit';
import { verificationService } from './index.ts';

await runProcess(async () => [await startPhaseService(verificationService)]);
