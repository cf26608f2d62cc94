import { readFile } from 'node:fs/promises';
import type { Delivery, Plan } from '@backstay/document';
import { controlGroupLimits, type ProcessLimits, type ReadText } from '@backstay/hosts';
import { deployerNamed, refusalOf } from './registry.ts';

const readText: ReadText = (path) => readFile(path, 'utf8').catch(() => null);
const unlimited: ProcessLimits = { cores: null, memoryBytes: null };

/** The process that serves; null where none runs, or this machine cannot find it. */
async function processOf(delivery: Delivery): Promise<number | null> {
  try {
    return (await deployerNamed(delivery.deployer)?.state(delivery))?.pid ?? null;
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
  const isKnown = limits.cores !== null && limits.memoryBytes !== null;
  if (isKnown || delivery === null || refusalOf(delivery) !== null) return limits;
  const pid = await processOf(delivery);
  const found = pid === null ? unlimited : await controlGroupLimits(pid, read);
  return { cores: limits.cores ?? found.cores, memoryBytes: limits.memoryBytes ?? found.memoryBytes };
}
