import type { PhaseService } from '@backstay/service-kit';
import { handlersOf } from './handlers.ts';

/** Watches metrics against the document's thresholds, raises alerts and triggers the rollback. */
export const monitoringService: PhaseService = {
  phase: 'monitoring',
  healthPort: 7304,
  handlers: (platform) => ({ deployment: handlersOf(platform) }),
};
