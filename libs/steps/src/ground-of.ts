import { resolve } from 'node:path';
import type { StepGround } from './step-task.ts';

interface ServiceParts {
  readonly settings: { readonly BACKSTAY_DATA_DIR: string; readonly BACKSTAY_SECRETS: string };
  readonly blobs: StepGround['blobs'];
  readonly logger: StepGround['logger'];
  readonly now: () => string;
}

/** The ground of a service: its settings, and the variables of its own process as what the environment brings. */
export function groundOf(
  { settings, blobs, logger, now }: ServiceParts,
  provided: NodeJS.ProcessEnv = process.env,
): StepGround {
  return {
    dataDir: resolve(settings.BACKSTAY_DATA_DIR),
    secrets: settings.BACKSTAY_SECRETS,
    provided,
    blobs,
    logger,
    now,
  };
}
