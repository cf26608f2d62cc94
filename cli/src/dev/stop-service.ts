import { existsSync } from 'node:fs';

/** Below every token that a deployment will show. */
const token = 1;

/** Ends the service below a root of releases, whichever deployment changed it last. */
export async function stopLeftService(root: string): Promise<void> {
  if (!existsSync(root)) return;
  const { stopService } = await import('@backstay/deployers');
  try {
    await stopService({ root, token });
  } catch (error) {
    const { highest } = error as { highest?: number };
    if (highest === undefined) throw error;
    await stopService({ root, token: highest });
  }
}
