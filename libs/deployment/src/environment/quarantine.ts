import type { EnvironmentSettled } from './events.ts';
import type { EnvironmentState } from './state.ts';

export const quarantinedAtMost = 1_000;

/** Why a version is in quarantine; undefined: it is in none. */
export function quarantineOf(
  { quarantined }: Pick<EnvironmentState, 'quarantined'>,
  version: string,
): string | undefined {
  return quarantined.find((each) => each.version === version)?.why;
}

export function quarantinedAfter(
  before: EnvironmentState['quarantined'],
  settled: EnvironmentSettled['data'],
): EnvironmentState['quarantined'] {
  const { quarantined: bad } = settled;
  const good = restoredGood(settled);
  const worse = bad === null ? before : [...withoutVersion(before, bad.version), bad];
  return good === null ? worse : withoutVersion(worse, good);
}

export function withoutVersion(
  quarantined: EnvironmentState['quarantined'],
  version: string,
): EnvironmentState['quarantined'] {
  const place = quarantined.findIndex((each) => each.version === version);
  return place < 0 ? quarantined : quarantined.toSpliced(place, 1);
}

/** What a verified rollback has just restored is good, whatever was said of it before. */
function restoredGood({ outcome, running }: EnvironmentSettled['data']): string | null {
  return outcome === 'rolled-back-verified' && running !== null ? running.version : null;
}
