import { z } from 'zod';
import { codeContent } from '../markdown/code-spans.ts';
import { headerProblem } from '../values/reserved-names.ts';
import { readEvidence } from '../values/evidence.ts';
import { isJsonPath } from '../values/json-path.ts';
import { problemOfPattern } from '../values/log-patterns.ts';
import { expectedOneOf } from '../problems/expected.ts';
import { didYouMean, nearest } from '../problems/nearest.ts';
import type { Command, Evidence, Request } from '../plan/values.ts';
import type { Problem } from '../problems/problem.ts';
import { ownShell, Reading } from '../reading/reading.ts';
import { Report } from '../problems/report.ts';
import { checkBody, readRequest } from '../values/requests.ts';
import { YamlFile } from './yaml-file.ts';

const command = z.string().refine((text) => !/^[\d.]+$/.test(text), 'expected a command, not a number');
const commands = z.union([command, z.array(command).min(1)], 'expected a command or a list of commands');
const address = z
  .string()
  .regex(
    /^(?:https?:\/\/(?![^\s/]*@)[^\s/]+|\$\{\w+\})\S*$/,
    'expected a URL that begins with http:// or https://, or a variable',
  );
const pattern = z.string().superRefine((text, { addIssue }) => {
  const problem = problemOfPattern(text);
  if (problem !== undefined) addIssue(problem);
});
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a secret, as API_TOKEN');

function refuseHeaders(all: Record<string, string>, { addIssue }: z.RefinementCtx): void {
  for (const key of Object.keys(all)) {
    const message = headerProblem(key);
    if (message !== undefined) addIssue({ code: 'custom', message, path: [key] });
  }
}

/** What proves who asks is a secret, and secrets are written by their names. */
const headers = z
  .record(z.string(), z.string())
  .refine(
    (all) => Object.keys(all).every((key) => /^[\w!#$%&'*+.^`|~-]+$/.test(key)),
    'expected names of headers, as X-Scope-OrgID',
  )
  .refine(
    (all) => Object.entries(all).every(([key, value]) => !/authorization$/i.test(key) || value.includes('${')),
    'expected a secret by its name, as Bearer ${LOKI_TOKEN}',
  )
  .superRefine(refuseHeaders);

/** `.backstay.yaml`, as it is written; lives in the deployed repository and is read at the exact commit. */
export const bindingsSchema = z.strictObject({
  build: commands.optional().describe('Command, or commands, that build the artifacts'),
  migrate: z
    .strictObject({ up: commands, down: commands.optional() })
    .optional()
    .describe('Commands that migrate the database up and down'),
  start: command.optional().describe('Command that serves the release'),
  ready: z.string().optional().describe('Request that succeeds once the release serves: GET /health'),
  version: z.string().optional().describe('Request and JSONPath of the served version: GET /version $.version'),
  evidence: z
    .strictObject({ tests: z.string().optional(), scans: z.string().optional() })
    .optional()
    .describe('Reports of tests and scans: junit reports/junit.xml'),
  logs: z
    .strictObject({
      files: z.array(z.string()).min(1).optional(),
      command: command.optional().describe('Command that prints the log: journalctl -u orders-api -o short-iso'),
      loki: z
        .strictObject({
          url: address,
          query: z.string().startsWith('{', 'expected a query, as {app="orders-api"}'),
          headers: headers.optional(),
        })
        .optional()
        .describe('Where Loki is, its query, and headers: a tenant, or who asks'),
      critical: z.array(pattern).min(1),
      allow: z.array(pattern).optional(),
    })
    .refine(({ files, command, loki }) => files ?? command ?? loki, 'expected files, command or loki')
    .optional()
    .describe('Where logs are read, the patterns that are critical, and those that are not'),
  secrets: z
    .record(z.string(), z.array(name).min(1))
    .optional()
    .describe('Names of secrets by the title that the document gives them'),
  smoke: z
    .record(
      z.string(),
      z.strictObject({
        body: z.string().optional(),
        headers: z.record(z.string(), z.string()).superRefine(refuseHeaders).optional(),
        captures: z.record(z.string(), z.string()).optional(),
      }),
    )
    .optional()
    .describe('Body, headers and captures of smoke tests by their title'),
  documentation: z
    .record(z.string(), z.string())
    .optional()
    .describe('Paths of documents by CHANGELOG, runbook, Architecture, API, Configuration'),
});

/** What the deployed repository says about itself. */
export interface Bindings {
  readonly build?: readonly Command[];
  readonly migrate?: { readonly up: readonly Command[]; readonly down?: readonly Command[] };
  readonly start?: Command;
  readonly ready?: Request;
  readonly version?: { readonly request: Request; readonly jsonPath: string };
  readonly evidence: { readonly tests?: Evidence; readonly scans?: Evidence };
  readonly logs?: {
    readonly files: readonly string[];
    readonly command?: Command;
    readonly loki?: {
      readonly url: string;
      readonly query: string;
      readonly headers?: Readonly<Record<string, string>>;
    };
    readonly critical: readonly string[];
    readonly allow: readonly string[];
  };
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  readonly smoke: Readonly<Record<string, SmokeBinding>>;
  readonly documentation: Readonly<Record<string, string>>;
}

export interface SmokeBinding {
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly captures: Readonly<Record<string, string>>;
}

export type ParsedBindings =
  | { readonly ok: true; readonly bindings: Bindings }
  | { readonly ok: false; readonly problems: Problem[] };

/** Reads `.backstay.yaml`; problems carry `file` and are in line order. */
export function parseBindings(text: string | Uint8Array, file = '.backstay.yaml'): ParsedBindings {
  const report = new Report(file);
  const yaml = YamlFile.read(text, bindingsSchema, report);
  const bindings = yaml && new BindingsReader(yaml, new Reading(report)).read();
  return bindings && report.errorCount === 0 ? { ok: true, bindings } : { ok: false, problems: report.problems };
}

/** The lines of *Update Required* that a path can prove. */
const documents = ['CHANGELOG', 'runbook', 'Architecture', 'API', 'Configuration'];

type RawLogs = NonNullable<z.infer<typeof bindingsSchema>['logs']>;

/** No program is called so. */
const isNumber = /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i;

class BindingsReader {
  constructor(
    private readonly file: YamlFile<z.infer<typeof bindingsSchema>>,
    private readonly reading: Reading,
  ) {}

  read(): Bindings {
    const { value } = this.file;
    const up = value.migrate && this.#commands(['migrate', 'up'], value.migrate.up);
    const down =
      value.migrate?.down === undefined ? undefined : this.#commands(['migrate', 'down'], value.migrate.down);
    return {
      ...given('build', value.build === undefined ? undefined : this.#commands(['build'], value.build)),
      ...given('migrate', up && { up, ...given('down', down) }),
      ...given('start', value.start === undefined ? undefined : this.#command(['start'])),
      ...given('ready', value.ready === undefined ? undefined : this.#ready()),
      ...given('version', value.version === undefined ? undefined : this.#version()),
      evidence: { ...this.#evidence('tests'), ...this.#evidence('scans') },
      ...given('logs', value.logs && this.#logs(value.logs)),
      secrets: value.secrets ?? {},
      smoke: this.#smoke(),
      documentation: this.#documentation(value.documentation ?? {}),
    };
  }

  #command(path: readonly PropertyKey[]): Command | undefined {
    const text = this.file.span(path);
    if (isNumber.test(text.text))
      return this.reading.report.error(text, 'bad-value', 'expected a command, not a number');
    return this.reading.commandText(text, false, ownShell);
  }

  #commands(path: readonly PropertyKey[], value: string | readonly string[]): Command[] {
    const paths = typeof value === 'string' ? [path] : value.map((_, index) => [...path, index]);
    return paths.flatMap((each) => this.#command(each) ?? []);
  }

  /** Whether the release serves is asked with GET alone. */
  #ready(): Request | undefined {
    const span = this.file.span(['ready']);
    const request = readRequest(span, this.reading);
    if (!request || !this.reading.fixed(span)) return undefined;
    if (request.method === 'GET') return request;
    return this.reading.report.error(
      span,
      'unsupported',
      `readiness is asked with GET in this version, not with ${request.method}`,
      `GET ${request.path}`,
    );
  }

  #version(): Bindings['version'] {
    const span = this.file.span(['version']);
    const divided = /^(.+?)\s+(\$\S*|`\$[^`]*`)$/.exec(span.text);
    const example = 'expected a request and a JSONPath, as GET /version $.version';
    if (!divided) return this.reading.report.error(span, 'bad-value', example);
    const path = span.slice(span.text.length - divided[2]!.length);
    const jsonPath = (codeContent(path) ?? path).text;
    if (!isJsonPath(jsonPath))
      return this.reading.report.error(path, 'bad-jsonpath', `“${jsonPath}” is no JSONPath; ${example}`);
    const request = readRequest(span.slice(0, divided[1]!.length), this.reading);
    return request && { request, jsonPath };
  }

  #logs({ files = [], command, loki, critical, allow = [] }: RawLogs): Bindings['logs'] {
    const printed = command === undefined ? undefined : this.#command(['logs', 'command']);
    return { files, ...given('command', printed), ...given('loki', loki), critical, allow };
  }

  #evidence(key: 'tests' | 'scans'): Bindings['evidence'] {
    if (this.file.value.evidence?.[key] === undefined) return {};
    return given(key, readEvidence(this.file.span(['evidence', key]), this.reading));
  }

  #smoke(): Bindings['smoke'] {
    const entries = Object.entries(this.file.value.smoke ?? {});
    return Object.fromEntries(
      entries.map(([title, { body, headers = {}, captures = {} }]) => {
        for (const [name, path] of Object.entries(captures)) this.#checkPath(path, ['smoke', title, 'captures', name]);
        if (body !== undefined) checkBody(body, this.file.place(['smoke', title, 'body']), this.reading.report);
        return [title, { ...given('body', body), headers, captures }];
      }),
    );
  }

  #documentation(paths: Record<string, string>): Record<string, string> {
    for (const key of Object.keys(paths)) {
      if (documents.some((known) => known.toLowerCase() === key.toLowerCase())) continue;
      const message = `\`${key}\` has no meaning here; ${expectedOneOf(documents)}${didYouMean(key, documents)}`;
      this.reading.report.error(
        this.file.keyPlace(['documentation', key]),
        'unknown-key',
        message,
        nearest(key, documents),
      );
    }
    return paths;
  }

  #checkPath(path: string, at: readonly PropertyKey[]): void {
    if (isJsonPath(path)) return;
    this.reading.report.error(
      this.file.place(at),
      'bad-jsonpath',
      `“${path}” is no JSONPath; it begins with $, as $.token`,
    );
  }
}

/** An object with the key, unless there is no value. */
export function given<Key extends string, Value>(key: Key, value: Value | undefined): { [key in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [key in Key]: Value });
}

/** The log evidence of the bindings. */
export function boundLogs(bindings: Bindings | undefined): Evidence | undefined {
  const logs = bindings?.logs;
  if (!logs) return undefined;
  const { files, command, loki, critical, allow } = logs;
  const places = { ...given('command', command), ...given('loki', loki) };
  return { reader: 'log', files: [...files], patterns: [...critical], allow: [...allow], ...places };
}
