import { RollbackReserve } from '@backstay/hosts';
import type { Settings } from './config/config.ts';

/** Of the data directory that the services of this machine share. */
export const rollbackReserveOf = ({
  settings,
}: {
  readonly settings: Pick<Settings, 'BACKSTAY_DATA_DIR' | 'BACKSTAY_ROLLBACK_RESERVE'>;
}): RollbackReserve => new RollbackReserve(settings.BACKSTAY_DATA_DIR, settings.BACKSTAY_ROLLBACK_RESERVE);
