import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const beginsWith = (text: string, protocols: readonly string[]) =>
  protocols.some((protocol) => text.startsWith(`${protocol}://`));
const expectedUrl = (protocols: readonly string[]) =>
  `expected a URL that begins with ${protocols.map((each) => `${each}://`).join(' or ')}`;

const url = (protocols: readonly string[]) =>
  z.string().refine((text) => beginsWith(text, protocols), expectedUrl(protocols));

/** One URL, or several with commas between. */
const urls = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => text.split(',').every((each) => beginsWith(each.trim(), protocols) && URL.canParse(each.trim())),
      `${expectedUrl(protocols)}, or several with commas between; a login in it is percent-encoded`,
    );

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How long something is kept, in milliseconds; null: for ever. */
const kept = (standard: string) =>
  z
    .string()
    .regex(/^(\d{1,5}[mhd]|forever)$/, 'expected a time such as 30d, 12h or 90m, or forever')
    .transform((text) =>
      text === 'forever' ? null : Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units],
    )
    .prefault(standard);

/** Every setting of every service, by its environment variable. */
export const settingsSchema = z.object({
  BACKSTAY_NATS_URL: urls(['nats', 'tls', 'ws', 'wss']).default('nats://127.0.0.1:4222'),
  BACKSTAY_NATS_CREDS: z.string().optional(),
  BACKSTAY_NATS_SEED: z
    .string()
    .regex(/^SU[A-Z2-7]{56}$/, "expected an nkey's seed, which begins with SU")
    .optional(),
  BACKSTAY_NATS_AUTH: z
    .enum(['credentials', 'none'], 'expected credentials, or none for a broker on loopback')
    .default('credentials'),
  BACKSTAY_NATS_TLS_CA: z.string().optional(),
  BACKSTAY_POSTGRES_URL: url(['postgres', 'postgresql']),
  BACKSTAY_POSTGRES_MIGRATION_URL: url(['postgres', 'postgresql']).optional(),
  BACKSTAY_EVENT_STORE: z
    .enum(['postgres'], 'expected postgres; other event stores are not supported in this version')
    .default('postgres'),
  BACKSTAY_HTTP_HOST: z.string().default('127.0.0.1'),
  BACKSTAY_HTTP_PORT: port.default(7300),
  BACKSTAY_HEALTH_PORT: port.optional(),
  BACKSTAY_AUTH: z
    .enum(['none', 'token'], 'expected none or token; others are not supported in this version')
    .default('none'),
  BACKSTAY_TOKENS: z.string().optional(),
  BACKSTAY_ENVIRONMENTS: z.string().optional(),
  BACKSTAY_DATA_DIR: z
    .string()
    .default(join(homedir(), '.local', 'share', 'backstay'))
    .transform((path) => resolve(path))
    // Node 20 never returns from making a folder there.
    .refine((path) => !/^\/proc(?:\/|$)/.test(path), 'nothing can be kept below /proc; name a folder on a disk'),
  BACKSTAY_SECRETS: z
    .string()
    .refine(
      (text) => text === 'env' || /^file:./.test(text),
      'expected env or file:PATH; others are not supported in this version',
    )
    .default('env'),
  // Not offered; who sets it expects what this version does not do.
  BACKSTAY_WITNESS: z.undefined('signed checkpoints are not supported in this version').optional(),
  BACKSTAY_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  BACKSTAY_HOST_NAME: z.string().optional(),
  BACKSTAY_IDLE_SUPERVISORS: z.coerce.number().int().min(0).max(2).default(2),
  BACKSTAY_RUN_AS: z.string().optional(),
  BACKSTAY_ROLLBACK_RESERVE: z
    .string()
    .regex(/^(0|\d{1,6}MiB)$/, 'expected a size in MiB such as 16MiB, or 0')
    .transform((text) => Number.parseInt(text, 10) * 1024 * 1024)
    .prefault('16MiB'),
  BACKSTAY_KEEP_WORKSPACES: kept('30d'),
  BACKSTAY_KEEP_COMMAND_RECORDS: kept('30d'),
  BACKSTAY_KEEP_BACKUPS: kept('90d'),
  BACKSTAY_KEEP_MIRRORS: kept('90d'),
  BACKSTAY_KEEP_ROLLBACK_RESERVES: kept('1h'),
  BACKSTAY_KEEP_OUTPUTS: kept('365d'),
  BACKSTAY_KEEP_LEASES: kept('30d'),
  BACKSTAY_KEEP_IDEMPOTENCY_KEYS: kept('7d'),
  BACKSTAY_KEEP_PARKED_MESSAGES: kept('90d'),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Raised at start with every problem at once. Terminal: the environment must be changed. */
export class ConfigurationProblems extends Error {
  override readonly name = 'ConfigurationProblems';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

const loopback = new Set(['127.0.0.1', 'localhost', '::1']);

/** Reads the environment; an empty variable counts as absent. @throws {ConfigurationProblems} */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const read = settingsSchema.safeParse(given);
  if (!read.success) throw new ConfigurationProblems(allProblems(given, read.error.issues));
  const problems = unsafe(read.data);
  if (problems.length > 0) throw new ConfigurationProblems(problems);
  return read.data;
}

/** Those of single settings, and what the sound ones together do not allow. */
function allProblems(given: Readonly<Record<string, unknown>>, issues: readonly z.core.$ZodIssue[]): readonly string[] {
  const bad = new Set(issues.map(({ path }) => String(path[0])));
  const sound = Object.entries(given).filter(([name]) => !bad.has(name));
  const rest = settingsSchema.safeParse({ BACKSTAY_POSTGRES_URL: 'postgres://unknown', ...Object.fromEntries(sound) });
  const together = rest.success ? unsafe(rest.data).filter((problem) => !bad.has(problem.split(':')[0] ?? '')) : [];
  return [...issues.map(({ path, message }) => `${path.join('.')}: ${message}`), ...together];
}

/** What each setting alone allows and both together do not. */
function unsafe(settings: Settings): readonly string[] {
  const problems: string[] = [];
  const offLoopback = !loopback.has(settings.BACKSTAY_HTTP_HOST);
  if (settings.BACKSTAY_AUTH === 'token' && settings.BACKSTAY_TOKENS === undefined)
    problems.push('BACKSTAY_TOKENS: BACKSTAY_AUTH=token needs the file with the tokens');
  if (offLoopback && settings.BACKSTAY_AUTH === 'none')
    problems.push('BACKSTAY_AUTH: none is allowed on loopback only; use token');
  return [...problems, ...unsafeBus(settings, offLoopback)];
}

/** NATS without credentials is for one machine alone, and only for who asks for it. */
function unsafeBus(settings: Settings, offLoopback: boolean): readonly string[] {
  const { BACKSTAY_NATS_AUTH: auth, BACKSTAY_NATS_URL: servers } = settings;
  const urls = servers.split(',').map((server) => new URL(server.trim()));
  if (hasOwnCredential(settings) || urls.some(({ username }) => username !== ''))
    return auth === 'none' ? ['BACKSTAY_NATS_AUTH: none, and yet there are credentials; remove one of them'] : [];
  if (auth === 'credentials')
    return [
      'BACKSTAY_NATS_CREDS: needed, the nkey of this service; `backstay keys` makes it, and BACKSTAY_NATS_AUTH=none goes without on loopback',
    ];
  const away = urls.find(({ hostname }) => !loopback.has(hostname.replaceAll(/^\[|\]$/g, '')));
  if (offLoopback || away !== undefined)
    return ['BACKSTAY_NATS_CREDS: needed off loopback, where BACKSTAY_NATS_AUTH=none is not allowed'];
  return [];
}

/** Whether NATS knows this service by a credential of its own, so that it can know publishers by theirs. */
export const hasOwnCredential = ({ BACKSTAY_NATS_CREDS: creds, BACKSTAY_NATS_SEED: seed }: Settings): boolean =>
  creds !== undefined || seed !== undefined;
