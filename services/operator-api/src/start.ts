import { openRuntime, platformOf, readSettings, type RunningService, type Runtime } from '@backstay/service-kit';
import { operatorApi } from './operator-api.ts';

export const operatorApiName = 'operator-api';

/** Opens a runtime of its own for the service and closes both. @throws {ConfigurationProblems} with all of them at once. */
export async function startOperatorApi(environment: NodeJS.ProcessEnv = process.env): Promise<RunningService> {
  const runtime = await openRuntime(operatorApiName, readSettings(environment));
  try {
    const service = await startOperatorApiOn(runtime);
    return {
      ...service,
      close: async () => {
        await service.close();
        await runtime.close();
      },
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/**
 * The service in a process that others share; the runtime stays the caller's. Its read models and its relay leave the process to
 * those others first: what a long absence has left to do is taken up before it is shown.
 */
export function startOperatorApiOn(runtime: Runtime, others?: Promise<unknown>): Promise<RunningService> {
  return operatorApi(platformOf(runtime, operatorApiName), others);
}
