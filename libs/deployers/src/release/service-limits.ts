import { readFile } from 'node:fs/promises';
import type { Delivery, Plan } from '@backstay/document';
import { controlGroupLimits, type ProcessLimits, type ReadText } from '@backstay/hosts';
import { serviceState } from './activate.ts';

const readText: ReadText = (path) => readFile(path, 'utf8').catch(() => null);
const unlimited: ProcessLimits = { cores: null, memoryBytes: null };

const runsHere = (delivery: Delivery | null): delivery is Delivery =>
  delivery !== null && delivery.deployer === 'release' && delivery.hosts.every((host) => host === 'local');

/** Null where none runs, or it cannot be told on this machine. */
async function processAt(root: string): Promise<number | null> {
  try {
    return (await serviceState({ root })).pid;
  } catch {
    return null;
  }
}

/** The limits of the profile, else those of the control group in which the deployed service runs on this machine. */
export async function serviceLimits(
  {
    monitoring: { limits },
    delivery,
  }: { readonly monitoring: Pick<Plan['monitoring'], 'limits'> } & Pick<Plan, 'delivery'>,
  read: ReadText = readText,
): Promise<ProcessLimits> {
  if ((limits.cores !== null && limits.memoryBytes !== null) || !runsHere(delivery)) return limits;
  const pid = await processAt(delivery.root);
  const found = pid === null ? unlimited : await controlGroupLimits(pid, read);
  return { cores: limits.cores ?? found.cores, memoryBytes: limits.memoryBytes ?? found.memoryBytes };
}
