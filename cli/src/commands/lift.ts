import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

interface Options {
  readonly environment: string;
  readonly reason: string;
}

/** `backstay lift SERVICE VERSION --environment E --reason`: a version that was rolled back there may be deployed again. */
export const run: Command<[string, string], Options> = async (context, [service, version], options) => {
  const { environment, reason } = options;
  const params = { service, environment };
  const { body } = await context.api.call('liftQuarantine', { params, body: { version, reason } });
  context.emit(body ?? { accepted: true });
  context.say(`${service} ${version} is no longer quarantined in ${environment}`);
  return exitCodes.done;
};
