import { exitCodes } from '../exit-codes.ts';
import type { Command } from './command.ts';

/** `backstay output ID STEP`: what the last attempt of a step wrote, as far as it is recorded. */
export const run: Command<[string, string]> = async (context, [id, step]) => {
  const { text, headers } = await context.api.text('getStepOutput', { params: { id, step } });
  const { headerNames } = await import('@backstay/api-contract');
  const attempt = Number(headers.get(headerNames.attempt) ?? 1);
  const complete = headers.get(headerNames.complete) !== 'false';
  context.emit({ step, attempt, complete, text });
  if (!complete) context.note(`attempt ${attempt}: only the end of its output is recorded`);
  if (text !== '') context.show(text.replace(/\n?$/, '\n'));
  return exitCodes.done;
};
