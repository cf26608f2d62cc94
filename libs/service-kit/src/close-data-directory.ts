import { tightenDataDirectory } from '@backstay/hosts';
import type { Logger } from 'pino';

/** What an earlier version left open to others is closed; a directory of another user is used as it is. */
export async function closeDataDirectory(directory: string, logger: Pick<Logger, 'warn'>): Promise<void> {
  try {
    const tightened = await tightenDataDirectory(directory);
    if (tightened.length > 0)
      logger.warn({ directory, tightened }, 'others could look into the data directory: tightened');
  } catch (error) {
    logger.warn({ err: error, directory }, 'the data directory is as open to others as it is: its modes cannot be set');
  }
}
