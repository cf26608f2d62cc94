import { runProcess } from '@backstay/service-kit';
import { startOperatorApi } from './start.ts';

await runProcess(async () => [await startOperatorApi()]);
