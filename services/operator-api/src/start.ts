import { openPlatform, readSettings, type RunningService } from '@backstay/service-kit';
import { operatorApi } from './operator-api.ts';

/** Opens a platform of its own for the service and closes both. @throws {ConfigurationProblems} with all of them at once. */
export async function startOperatorApi(environment: NodeJS.ProcessEnv = process.env): Promise<RunningService> {
  const platform = await openPlatform('operator-api', readSettings(environment));
  try {
    const service = await operatorApi(platform);
    return {
      ...service,
      close: async () => {
        await service.close();
        await platform.close();
      },
    };
  } catch (error) {
    await platform.close();
    throw error;
  }
}
