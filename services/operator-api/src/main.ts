import { runProcess } from '@backstay/service-kit';
import { startOperatorApi } from './operator-api.ts';

await runProcess(async () => [await startOperatorApi()]);
