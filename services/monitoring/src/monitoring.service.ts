import type { PhaseService } from '@backstay/service-kit';
import { performersOf } from './performers.ts';

/** Watches metrics against the document's thresholds, raises alerts and triggers the rollback. */
export const monitoringService: PhaseService = {
  phase: 'monitoring',
  healthPort: 7304,
  performers: (platform) => ({ deployment: performersOf(platform) }),
};
