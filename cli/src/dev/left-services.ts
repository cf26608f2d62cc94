import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A deployed service that outlives the platform, with the supervisor that keeps it running. */
export interface LeftService {
  readonly service: string;
  readonly environment: string;
  readonly root: string;
  /** Null while the supervisor starts it again. */
  readonly pid: number | null;
  readonly supervisor: number;
}

/** What runs below the roots of a profile; nothing where there is no profile, or none that can be read. */
export async function leftServices(profile: string | undefined): Promise<readonly LeftService[]> {
  const bytes = profile === undefined ? null : await readFile(profile).catch(() => null);
  if (bytes === null) return [];
  const { parseProfiles } = await import('@backstay/document');
  const parsed = parseProfiles(bytes);
  if (!parsed.ok) return [];
  const services = Object.values(parsed.profiles.environments).flatMap((each) => Object.values(each.services));
  const found = await Promise.all(
    services.map(async ({ service, environment, root }) => (root ? leftBelow(root, { service, environment }) : null)),
  );
  return found.filter((each) => each !== null);
}

async function leftBelow(
  root: string,
  named: Pick<LeftService, 'service' | 'environment'>,
): Promise<LeftService | null> {
  const { serviceState } = await import('@backstay/deployers');
  const state = await serviceState({ root }).catch(() => null);
  if (state === null || state.status === 'stopped') return null;
  const record = await readFile(join(root, 'run', 'service.json'), 'utf8').catch(() => null);
  const { supervisor } = JSON.parse(record ?? '{}') as { readonly supervisor?: { readonly pid: number } };
  return supervisor === undefined ? null : { ...named, root, pid: state.pid, supervisor: supervisor.pid };
}

/** What still runs, and how it is ended. */
export function leftLines(left: readonly LeftService[]): string[] {
  if (left.length === 0) return [];
  return [
    'what was deployed goes on without the platform:',
    ...left.map(
      ({ service, environment, root, pid, supervisor }) =>
        `  ${service} in ${environment}, ${pid === null ? 'starting again' : `process ${pid}`}, below ${root}: kill ${supervisor} ends it with its supervisor`,
    ),
    '  backstay dev --stop-services ends them with the platform',
  ];
}
