import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../api/client.ts';
import type { EnvironmentView } from '../api/shapes.ts';
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
  const path = environmentPath(service, environment);
  const adoption = await requestAdoption(context.api, path, { version, reason });
  const signal = context.world.interrupted;
  const known = wait ? await untilAdopted(context.api, path, adoption, signal) : adoption.body;
  context.emit(known ?? { accepted: true });
  const told = wait ? 'runs there; it was checked and is recorded as verified-good' : 'is to be checked and adopted';
  context.say(`${service} ${version} in ${environment}: it ${told}`);
  return exitCodes.done;
};

export const environmentPath = (service: string, environment: string): string =>
  `/v1/services/${encodeURIComponent(service)}/environments/${encodeURIComponent(environment)}`;

interface Adoption {
  readonly version: string;
  readonly body: EnvironmentView | undefined;
  /** When an earlier adoption was refused, if one was. */
  readonly refusedBefore: string | undefined;
}

export async function requestAdoption(
  api: Api,
  path: string,
  wanted: { readonly version: string; readonly reason?: string },
): Promise<Adoption> {
  const before = await known(api, path);
  const { body } = await api.post<EnvironmentView | undefined>(`${path}/adopt`, wanted);
  return { version: wanted.version, body, refusedBefore: before?.adoption.refused?.at };
}

/** Undefined where the platform knows nothing of the service there. */
async function known(api: Api, path: string): Promise<EnvironmentView | undefined> {
  try {
    return await api.get<EnvironmentView>(path);
  } catch (error) {
    if (error instanceof Failure && error.problem.status === 404) return undefined;
    throw error;
  }
}

/** @throws Failure when the platform refuses the adoption, or has not decided within a minute */
export async function untilAdopted(
  api: Api,
  path: string,
  { version, refusedBefore }: Adoption,
  signal: AbortSignal,
): Promise<EnvironmentView> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const environment = await known(api, path);
    if (environment?.verifiedGood?.version === version && !environment.adoption.pending) return environment;
    const refused = environment?.adoption.refused;
    if (refused && refused.at !== refusedBefore)
      throw new Failure(exitCodes.denied, `${version} is not adopted: ${refused.reasons.join('; ')}`);
    if (performance.now() > deadline)
      throw new Failure(exitCodes.timedOut, `whether ${version} is adopted is not decided after ${waitMs / 1000} s`);
    await pause(lookMs, undefined, { signal });
  }
}
