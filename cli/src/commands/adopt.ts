import { duration } from '@backstay/document';
import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../api/client.ts';
import type { AdoptBody, Environment } from '@backstay/api-contract';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Command } from './command.ts';

interface Options {
  readonly environment: string;
  readonly reason?: string;
  readonly wait: boolean;
}

const lookMs = 300;
const waitMs = 60_000;

/** `backstay adopt SERVICE VERSION --environment E`: has what already runs checked, and recorded as verified-good. */
export const run: Command<[string, string], Options> = async (context, [service, version], options) => {
  const { environment, reason, wait } = options;
  const place = { service, environment };
  const adoption = await requestAdoption(context.api, place, { version, reason });
  const signal = context.world.interrupted;
  const known = wait ? await untilAdopted(context.api, place, adoption, signal) : adoption.body;
  context.emit(known ?? { accepted: true });
  const outcome = wait ? 'runs there; it was checked and is recorded as verified-good' : 'will be checked and adopted';
  context.say(`${service} ${version} in ${environment}: it ${outcome}`);
  return exitCodes.done;
};

export interface Place {
  readonly service: string;
  readonly environment: string;
}

interface Adoption {
  readonly version: string;
  readonly body: Environment | undefined;
  /** When an earlier adoption was refused, if one was. */
  readonly refusedBefore: string | undefined;
}

export async function requestAdoption(api: Api, place: Place, wanted: AdoptBody): Promise<Adoption> {
  const before = await known(api, place);
  const { body } = await api.call('adopt', { params: place, body: wanted });
  return { version: wanted.version, body, refusedBefore: before?.adoption.refused?.at };
}

/** Undefined where the platform knows nothing of the service there. */
async function known(api: Api, place: Place): Promise<Environment | undefined> {
  try {
    return (await api.call('getEnvironment', { params: place })).body;
  } catch (error) {
    if (error instanceof Failure && error.problem.status === 404) return undefined;
    throw error;
  }
}

/** @throws Failure when the platform refuses the adoption, or has not decided within a minute */
export async function untilAdopted(
  api: Api,
  place: Place,
  { version, refusedBefore }: Adoption,
  signal: AbortSignal,
): Promise<Environment> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const environment = await known(api, place);
    if (environment?.verifiedGood?.version === version && !environment.adoption.pending) return environment;
    const refused = environment?.adoption.refused;
    if (refused && refused.at !== refusedBefore)
      throw new Failure(exitCodes.denied, `${version} was not adopted: ${refused.reasons.join('; ')}`);
    if (performance.now() > deadline)
      throw new Failure(exitCodes.timedOut, `the adoption of ${version} was not decided within ${duration(waitMs)}`);
    await pause(lookMs, undefined, { signal });
  }
}
