import { join } from 'node:path';
import { configure, place, startRelease } from '@backstay/deployers';
import { layOutFirstRelease, prepareDatabase } from '../../../deploy/demo/first-release.mjs';
import type { DemoRepository } from '../../../deploy/demo/repository.mjs';
import type { Place, Setting } from './stage.ts';

/** Below every token that a deployment will show. */
const token = 1;
const readyWithinMs = 30_000;

/** Has 1.0.0 run as it did before Backstay came. */
export async function startFirstRelease(
  where: Place,
  repository: DemoRepository,
  { databaseUrl, secrets, environment }: Setting,
  signal: AbortSignal,
): Promise<void> {
  const version = '1.0.0';
  const built = await layOutFirstRelease({ root: join(where.folder, 'built'), repository, version, environment });
  const user = { user: secrets.SMOKE_USER!, password: secrets.SMOKE_PASSWORD! };
  await prepareDatabase({ directory: built.directory, databaseUrl, ...user });
  const root = { root: where.releases, token };
  const { name } = await place({ ...root, source: built.directory, version, commit: built.commit });
  await configure({ ...root, release: name, deployment: 'before-backstay', environment });
  const ready = { url: `${where.baseUrl}/health`, allow: [new URL(where.baseUrl).host] };
  const start = ['node', 'server.mjs'];
  await startRelease({ ...root, release: name, start, ready, timeoutMs: readyWithinMs, signal });
}
