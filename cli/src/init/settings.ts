import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';
import { usage } from '../failure.ts';

/** What the files that `init` writes are made of. */
export interface ServiceSettings {
  readonly name: string;
  readonly release: string;
  readonly repository: string;
  readonly ref: string;
  readonly environment: string;
  readonly build?: string;
  readonly start: string;
  readonly port: number;
  readonly root: string;
  readonly migrate?: string;
  readonly migrateDown?: string;
  readonly database: boolean;
  readonly cache: boolean;
}

export interface Flags extends Partial<Omit<ServiceSettings, 'environment' | 'port'>> {
  readonly environment: string;
  readonly port: number;
  readonly force?: boolean;
}

const questions = {
  name: ['--name', 'Name of the service'],
  release: ['--release', 'Version to deploy'],
  repository: ['--repository', 'URL of its git repository'],
  start: ['--start', 'Command that serves it'],
} as const;

type Asked = keyof typeof questions;
const asked = Object.keys(questions) as Asked[];

/** The flags, completed at a terminal by questions. @throws Failure that names the flags that are missing elsewhere */
export async function settingsOf(context: Context, flags: Flags): Promise<ServiceSettings> {
  const missing = asked.filter((key) => !flags[key]);
  if (missing.length > 0 && !(context.live && process.stdin.isTTY))
    throw usage(`without a terminal these are needed: ${missing.map((key) => questions[key][0]).join(', ')}`);
  const given = missing.length === 0 ? {} : await ask(missing);
  const { name, release, repository, start } = { ...flags, ...given } as Record<Asked, string>;
  const { environment, port, build, migrate, migrateDown } = flags;
  return {
    name,
    release,
    repository,
    start,
    ref: flags.ref ?? (release.startsWith('v') ? release : `v${release}`),
    root: flags.root ?? `/srv/${name}`,
    environment,
    port,
    build,
    migrate,
    migrateDown,
    database: flags.database ?? migrate !== undefined,
    cache: flags.cache ?? false,
  };
}

async function ask(missing: readonly Asked[]): Promise<Partial<Record<Asked, string>>> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const given: Partial<Record<Asked, string>> = {};
  try {
    for (const key of missing)
      while (!given[key]) given[key] = (await terminal.question(`${questions[key][1]}: `)).trim();
    return given;
  } finally {
    terminal.close();
  }
}
