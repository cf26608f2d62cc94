import { z } from 'zod';
import { given } from './bindings.ts';
import { deployers, laterDeployers } from '../values/deployers.ts';
import { destinationForms, readDestination } from '../values/destinations.ts';
import { parseDuration } from '../values/duration.ts';
import { expectedOneOf } from '../problems/expected.ts';
import { didYouMean, nearest } from '../problems/nearest.ts';
import type { Place } from '../markdown/span.ts';
import { metricSourceNamed, metricSourceNames, type MetricSource } from '../values/metric-sources.ts';
import type { Problem } from '../problems/problem.ts';
import { parseQuantity } from '../values/quantity.ts';
import { listed } from '../problems/issue-message.ts';
import { Reading } from '../reading/reading.ts';
import { Report } from '../problems/report.ts';
import { hasSecret, secretInUrl } from '../values/url-secrets.ts';
import { isProduction } from '../values/environments.ts';
import { reservedBecause } from '../values/reserved-names.ts';
import { YamlFile } from './yaml-file.ts';

const duration = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'expected a duration, as 500ms, 30s or 10m');
const sized = 'expected a size, as 512MiB';
const size = z.union([numeric(z.number().positive()), z.string().refine(isSize, sized)], sized);
const count = numeric(z.int().positive());
const url = z
  .string()
  .regex(/^https?:\/\/[^\s/]+\S*$/, 'expected a URL that begins with http:// or https://')
  .refine((text) => !hasSecret(text), secretInUrl);

/** A number in decimal digits, as YAML's own and JSON's are; `012`, `0x1F` and `1e3` mean different numbers to different readers. */
function numeric<Schema extends z.ZodType>(schema: Schema): z.ZodPreprocess<Schema> {
  const isDecimal = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text);
  return z.preprocess((value) => (typeof value === 'string' && isDecimal(value) ? Number(value) : value), schema);
}

function isSize(text: string): boolean {
  const quantity = /^0\d/.test(text) ? undefined : parseQuantity(text);
  return quantity?.unit === 'bytes' && quantity.value > 0;
}

const onNoData = z.strictObject({
  wait: duration,
  // oxlint-disable-next-line unicorn/no-thenable -- the word of the document's own line
  then: z.string().regex(/^(?:fail|ask [A-Za-z][\w.-]*)$/, 'expected fail, or ask DUTY'),
});

/** One service in one environment, as it is written. */
const serviceSchema = z.strictObject({
  deployer: z.string().optional().describe('Puts the new version in place: release'),
  hosts: z.array(z.string()).min(1).optional().describe('Where the service runs; [local] is this machine'),
  root: z.string().startsWith('/', 'expected an absolute path').optional().describe('Folder of the releases'),
  baseUrl: url.optional().describe('What smoke tests and health checks address'),
  metrics: z.string().optional().describe('scrape URL, or prometheus URL'),
  dashboards: z.array(url).optional(),
  probes: z.record(z.string(), url).optional().describe('URLs that must respond, by the name of the dependency'),
  notify: z
    .record(z.string(), z.string())
    .optional()
    .describe(`Destinations by channel: ${destinationForms.join(', ')}`),
  limits: z.strictObject({ cores: numeric(z.number().positive()).optional(), memory: size.optional() }).optional(),
  queue: z
    .enum(['fifo', 'latest'])
    .optional()
    .describe('Whether waiting deployments run in turn or only the latest does'),
  dataLoss: z
    .union([z.literal('none'), duration], 'expected none, or a duration, as 15m')
    .optional()
    .describe('Writes that restoring a backup may lose'),
  allow: z.array(z.string()).optional().describe('host:port patterns that documents may call'),
  secrets: z.array(z.string()).optional().describe('Names of the secrets that documents may use; without it, all'),
  variables: z
    .array(z.string())
    .optional()
    .describe('Names of the provided variables that documents may use; without it, all'),
  monitoring: z
    .strictObject({
      watch: duration.optional(),
      every: duration.optional(),
      baseline: duration.optional(),
      minimumSamples: count.optional(),
      minimumRequests: count.optional(),
      onNoData: onNoData.optional(),
    })
    .optional()
    .describe('What holds where a document is silent'),
  unattested: z
    .enum(['accept', 'refuse'])
    .optional()
    .describe('Whether evidence that nothing ties to the commit counts'),
  runAs: z
    .string()
    .regex(/^(?:[A-Za-z_][\w.-]{0,63}|\d{1,10}:\d{1,10})$/, 'expected the name of a user, as deploy, or UID:GID')
    .optional()
    .describe('The user of this machine that steps run as'),
  logs: z
    .array(z.string().regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/, 'expected an absolute folder, as /var/log/orders'))
    .optional()
    .describe('Folders beside root and the source tree whose log files documents may read'),
  keepReleases: count.optional(),
  overrides: z
    .array(z.string())
    .optional()
    .describe('Codes of preflight findings that a request may override with a reason'),
});

/** `environments.yaml`, as it is written; lives beside the platform. */
export const profilesSchema = z.strictObject({
  environments: z.record(
    z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'expected the name of an environment, as pre-production'),
    z.strictObject({
      order: numeric(z.int()).optional().describe('Position; development is 10, staging 20, production 30'),
      services: z.record(z.string(), serviceSchema),
    }),
  ),
});

/** What the platform knows of one service in one environment. */
export interface ServiceProfile {
  readonly environment: string;
  readonly service: string;
  readonly deployer?: string;
  readonly hosts: readonly string[];
  readonly root?: string;
  readonly baseUrl?: string;
  readonly metrics?: MetricSource;
  readonly dashboards: readonly string[];
  readonly probes: Readonly<Record<string, string>>;
  readonly notify: Readonly<Record<string, string>>;
  readonly limits: { readonly cores: number | null; readonly memoryBytes: number | null };
  readonly queue: 'fifo' | 'latest';
  /** Null: no loss is accepted. */
  readonly dataLossMs: number | null;
  readonly allow: readonly string[];
  /** What documents may name; absent: everything that is neither the platform's nor another environment's. */
  readonly secrets?: readonly string[];
  readonly variables?: readonly string[];
  readonly monitoring: MonitoringProfile;
  readonly acceptsUnattested: boolean;
  readonly keepReleases: number;
  /** Folders beside `root` and the source tree whose log files may be read; absent: none. */
  readonly logs?: readonly string[];
  /** The user that steps run as; absent: the platform's default. */
  readonly runAs?: string;
  /** Codes of preflight findings that a request may override with a reason. */
  readonly overrides: readonly string[];
  /** Environments that a version passes through before; absent: the usual ones. */
  readonly earlier?: readonly string[];
  /** Environments beside the usual three, whose values no document of another may name; absent: none. */
  readonly others?: readonly string[];
}

export interface MonitoringProfile {
  readonly watchMs?: number;
  readonly everyMs?: number;
  readonly baselineMs?: number;
  readonly minimumSamples?: number;
  readonly minimumRequests?: number;
  readonly onNoData?: { readonly waitMs: number; readonly then: 'fail' | `ask:${string}` };
}

export interface Profiles {
  readonly environments: Readonly<Record<string, EnvironmentProfile>>;
}

export interface EnvironmentProfile {
  readonly order: number;
  readonly services: Readonly<Record<string, ServiceProfile>>;
}

/** Where an entry of a service stands in the file. */
export type EntryPlace = (environment: string, service: string, entry: string) => Place;

export type ParsedProfiles =
  | { readonly ok: true; readonly profiles: Profiles; readonly placeOf: EntryPlace }
  | { readonly ok: false; readonly problems: Problem[] };

type RawService = z.infer<typeof serviceSchema>;

/** Reads `environments.yaml`; problems carry `file` and are in line order. */
export function parseProfiles(text: string | Uint8Array, file = 'environments.yaml'): ParsedProfiles {
  const report = new Report(file);
  const yaml = YamlFile.read(text, profilesSchema, report);
  const profiles = yaml && new ProfilesReader(yaml, new Reading(report)).read();
  if (!profiles || report.errorCount > 0) return { ok: false, problems: report.problems };
  const placeOf: EntryPlace = (environment, service, entry) =>
    yaml.place(['environments', environment, 'services', service, entry]);
  return { ok: true, profiles, placeOf };
}

export function serviceProfile(profiles: Profiles, environment: string, service: string): ServiceProfile | undefined {
  const services = own(profiles.environments, environment)?.services;
  const profile = services && own(services, service);
  const unusual = Object.keys(profiles.environments).filter((name) => !Object.hasOwn(usualOrder, name));
  const others = given('others', unusual.length > 0 ? unusual : undefined);
  return profile && { ...profile, ...given('earlier', earlierThan(profiles, environment)), ...others };
}

/** Undefined where the order is the usual one, which need not be reported. */
function earlierThan({ environments }: Profiles, environment: string): string[] | undefined {
  const order = (name: string): number => own(environments, name)?.order ?? own(usualOrder, name) ?? 0;
  const before = (names: readonly string[]): string[] => names.filter((name) => order(name) < order(environment));
  const usual = Object.keys(usualOrder);
  const earlier = before([...new Set([...usual, ...Object.keys(environments)])]);
  const isUsual = earlier.join() === usual.slice(0, Math.max(usual.indexOf(environment), 0)).join();
  return isUsual ? undefined : earlier;
}

/** The codes as a plan freezes them: no list where none may be overridden. */
export function overridable({ overrides }: ServiceProfile): string[] | undefined {
  return overrides.length === 0 ? undefined : [...overrides];
}

/** The environments from the first to the last that a version passes through. */
export function environmentsInOrder(profiles: Profiles): string[] {
  const order = (name: string): number => profiles.environments[name]!.order;
  return Object.keys(profiles.environments).sort((a, b) => order(a) - order(b) || a.localeCompare(b));
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const usualOrder: Record<string, number> = { development: 10, staging: 20, production: 30 };
const hostPattern = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+)(?::(?:\*|\d{1,5}))?$/;
/** Read, and left to the plan of whoever uses it. */
const laterDestination = /^email\s+\S+$/;

/** What a preflight may find in the way; that nothing can be taken back, or that too much would be lost, no request overrides. */
export const overridableCodes: readonly string[] = [
  'bad-jsonpath',
  'channel',
  'dashboard',
  'dependency',
  'disk',
  'evidence',
  'logs',
  'metric',
  'missing-secret',
  'missing-variable',
  'not-allowed',
  'nothing-to-check',
  'public-secret',
  'quarantined',
  'reachable',
  'repository',
  'rollback-target',
  'short-secret',
  'tool',
  'traffic',
  'unknown-running',
];

class ProfilesReader {
  constructor(
    private readonly file: YamlFile<z.infer<typeof profilesSchema>>,
    private readonly reading: Reading,
  ) {}

  read(): Profiles {
    const environments = Object.entries(this.file.value.environments).map(([environment, { order, services }]) => [
      environment,
      {
        order: order ?? own(usualOrder, environment) ?? 15,
        services: Object.fromEntries(
          Object.entries(services).map(([service, raw]) => [service, this.#service(environment, service, raw)]),
        ),
      },
    ]);
    return { environments: Object.fromEntries(environments) };
  }

  #service(environment: string, service: string, raw: RawService): ServiceProfile {
    const path = ['environments', environment, 'services', service];
    this.#checkDeployer(raw, path);
    this.#checkNotify(raw, path);
    this.#checkAllow(raw, path);
    this.#checkOverrides(raw, path);
    this.#checkNames(environment, raw, path);
    return {
      environment,
      service,
      ...given('deployer', raw.deployer),
      hosts: raw.hosts ?? ['local'],
      ...given('root', raw.root),
      ...given('baseUrl', raw.baseUrl?.replace(/\/+$/, '')),
      ...given('metrics', raw.metrics === undefined ? undefined : this.#metrics(raw.metrics, [...path, 'metrics'])),
      dashboards: raw.dashboards ?? [],
      probes: raw.probes ?? {},
      notify: raw.notify ?? {},
      limits: { cores: raw.limits?.cores ?? null, memoryBytes: bytes(raw.limits?.memory) },
      queue: raw.queue ?? 'fifo',
      dataLossMs: raw.dataLoss === undefined ? null : (parseDuration(raw.dataLoss) ?? null),
      allow: raw.allow ?? [],
      monitoring: monitoringProfile(raw.monitoring ?? {}),
      acceptsUnattested: raw.unattested === undefined ? !isProduction(environment) : raw.unattested === 'accept',
      keepReleases: raw.keepReleases ?? 5,
      ...given('logs', raw.logs),
      ...given('runAs', raw.runAs),
      ...given('secrets', raw.secrets),
      ...given('variables', raw.variables),
      overrides: raw.overrides ?? [],
    };
  }

  #metrics(text: string, path: readonly PropertyKey[]): MetricSource | undefined {
    const [, name, url] = /^(\w+)(?:\s+at)?\s+`?(https?:\/\/[^\s`]+)`?$/i.exec(text) ?? [];
    const kind = metricSourceNamed(name);
    if (url !== undefined && hasSecret(url))
      return this.reading.report.error(this.file.place(path), 'secret-in-url', secretInUrl);
    if (kind !== undefined && url !== undefined) return { kind, url };
    const known = metricSourceNames.map((each) => each.toLowerCase());
    const at = this.file.place(path);
    if (/^(?:datadog|http)\b/i.test(text)) {
      return this.reading.report.error(
        at,
        'unsupported',
        `metrics from “${text}” are not supported in this version; ${known.join(' and ')} are`,
      );
    }
    return this.reading.report.error(at, 'bad-value', `expected ${known.map((each) => `“${each} URL”`).join(' or ')}`);
  }

  #checkDeployer({ deployer }: RawService, path: readonly PropertyKey[]): void {
    if (deployer === undefined || [...deployers, ...laterDeployers].includes(deployer)) return;
    const message = `“${deployer}” is not a deployer; write \`deployer: ${listed(deployers)}\`${didYouMean(deployer, deployers)}`;
    this.reading.report.error(this.file.place([...path, 'deployer']), 'bad-value', message);
  }

  #checkAllow({ allow = [] }: RawService, path: readonly PropertyKey[]): void {
    for (const [index, pattern] of allow.entries()) {
      if (hostPattern.test(pattern)) continue;
      const message = `“${pattern}” is not a host and port; write api.example.org:443, *.example.org:443 or 127.0.0.1:*`;
      this.reading.report.error(this.file.place([...path, 'allow', index]), 'bad-value', message);
    }
  }

  #checkOverrides({ overrides = [] }: RawService, path: readonly PropertyKey[]): void {
    for (const [index, code] of overrides.entries()) {
      if (overridableCodes.includes(code)) continue;
      const message = `“${code}” is not a finding that can be overridden; ${expectedOneOf(overridableCodes)}${didYouMean(code, overridableCodes)}`;
      const at = this.file.place([...path, 'overrides', index]);
      this.reading.report.error(at, 'bad-value', message, nearest(code, overridableCodes));
    }
  }

  /** A name that no document of this environment may use is listed for nobody. */
  #checkNames(environment: string, raw: RawService, path: readonly PropertyKey[]): void {
    const all = Object.keys(this.file.value.environments);
    for (const list of ['secrets', 'variables'] as const) {
      for (const [index, name] of (raw[list] ?? []).entries()) {
        const message = reservedBecause(name, [environment], all);
        if (message !== undefined)
          this.reading.report.error(this.file.place([...path, list, index]), 'reserved-name', message);
      }
    }
  }

  #checkNotify({ notify = {} }: RawService, path: readonly PropertyKey[]): void {
    for (const [channel, text] of Object.entries(notify)) {
      const at = this.file.place([...path, 'notify', channel]);
      if (/https?:\S*/i.exec(text)?.some(hasSecret)) {
        this.reading.report.error(at, 'secret-in-url', `${secretInUrl}; write webhook <secret: NAME>`);
        continue;
      }
      if (readDestination(text) || laterDestination.test(text)) continue;
      const message = `“${text}” is not a destination; write ${destinationForms.join(', ')}`;
      this.reading.report.error(at, 'bad-value', message);
    }
  }
}

function bytes(value: string | number | undefined): number | null {
  return value === undefined ? null : typeof value === 'number' ? value : (parseQuantity(value)?.value ?? null);
}

function monitoringProfile(raw: NonNullable<RawService['monitoring']>): MonitoringProfile {
  const ms = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseDuration(text));
  const noData = raw.onNoData;
  const then = noData?.then.startsWith('ask ') ? (`ask:${noData.then.slice(4)}` as const) : ('fail' as const);
  return {
    ...given('watchMs', ms(raw.watch)),
    ...given('everyMs', ms(raw.every)),
    ...given('baselineMs', ms(raw.baseline)),
    ...given('minimumSamples', raw.minimumSamples),
    ...given('minimumRequests', raw.minimumRequests),
    ...given('onNoData', noData && { waitMs: ms(noData.wait)!, then }),
  };
}
