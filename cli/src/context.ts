import pico from 'picocolors';
import { Api } from './api/client.ts';
import { harmless, together, uncoloured } from './output/harmless.ts';
import type { World } from './world.ts';

export type Colors = ReturnType<typeof pico.createColors>;

/** The options that every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

export const defaultUrl = 'http://127.0.0.1:7300';

/** What a command works with. */
export interface Context {
  readonly world: World;
  readonly json: boolean;
  readonly colors: Colors;
  /** Whether standard output is a terminal that can be redrawn. */
  readonly live: boolean;
  readonly url: string;
  /** Whether a person named the platform, by option or variable. */
  readonly urlNamed: boolean;
  readonly token: string | undefined;
  readonly api: Api;
  /** A line for people on standard output, further ones marked as part of it; nothing with `--json`. */
  say(line?: string): void;
  /** Text of many lines for people, as it is; nothing with `--json`. */
  show(text: string): void;
  /** A line for people beside the result, on standard error. */
  note(line: string): void;
  /** One JSON document or one line of NDJSON on standard output; nothing without `--json`. */
  emit(value: unknown): void;
}

export function createContext(world: World, options: GlobalOptions): Context {
  const { stdout, stderr, env, interrupted } = world;
  const json = options.json === true;
  const named = options.url ?? env.BACKSTAY_URL;
  const url = (named || defaultUrl).replace(/\/+$/, '');
  const token = (options.token ?? env.BACKSTAY_TOKEN) || undefined;
  const terminal = stdout.isTTY === true && env.TERM !== 'dumb';
  return {
    world,
    json,
    colors: pico.createColors(wantsColor(world, options) && !json),
    live: terminal && !json && !env.CI,
    url,
    urlNamed: Boolean(named),
    token,
    api: new Api({ url, token, signal: interrupted, ...(json ? {} : { cleaned: uncoloured }) }),
    say: (line = '') => void (json || stdout.write(`${harmless(together(line))}\n`)),
    show: (text) => void (json || stdout.write(harmless(text))),
    note: (line) => void stderr.write(`${harmless(line)}\n`),
    emit: (value) => void (json && stdout.write(`${JSON.stringify(value)}\n`)),
  };
}

/** `NO_COLOR` counts when it is set to anything but an empty text. */
export function wantsColor({ stdout, env }: Pick<World, 'stdout' | 'env'>, { color }: GlobalOptions): boolean {
  return color !== false && !env.NO_COLOR && stdout.isTTY === true && env.TERM !== 'dumb';
}
