import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  mustBeFlat,
  mustKeepNumbers,
  mustNameOnce,
  NameTwice,
  NotJson,
  NotUtf8,
  placeOfOffset,
  utf8Text,
} from '@backstay/document';
import {
  createService,
  listening,
  openPlatform,
  platformOf,
  readSettings,
  type Platform,
  type RunningService,
  type Runtime,
} from '@backstay/service-kit';
import {
  fragmentOf,
  InvalidRequest,
  type Reply,
  ReplyAdapter,
  type Request,
  sendProblem,
} from '@backstay/service-kit/http';
import { measureRequests } from './http/http-metrics.ts';
import { traceRequests } from './http/request-spans.ts';
import { secure, secureReplies } from './http/security.ts';
import { OperatorModule } from './operator.module.ts';

const operatorApiName = 'operator-api';

/** Enough for a document of 256 KiB with every character escaped, and its evidence. */
const bodyLimit = 2 * 1024 * 1024;

/** What a name in a path may have before it is looked at; the server takes no longer URLs. */
const longestUrl = 16_384;

/** A process with this service. @throws {ConfigurationProblems} with all of them at once. */
export async function startOperatorApi(environment: NodeJS.ProcessEnv = process.env): Promise<RunningService> {
  return started(await openPlatform(operatorApiName, readSettings(environment)));
}

/**
 * The service in a process that others share; the runtime stays the caller's. Its read models and its relay leave the process to
 * those others first: what a long absence has left to do is taken up before it is shown.
 */
export function startOperatorApiOn(runtime: Runtime, others?: Promise<unknown>): Promise<RunningService> {
  return started(platformOf(runtime, operatorApiName), others);
}

async function started(platform: Platform, others?: Promise<unknown>): Promise<RunningService> {
  const { settings, logger } = platform;
  const running = await listening(await createApp(platform, others), settings.BACKSTAY_HTTP_PORT);
  logger.info({ url: running.url, auth: settings.BACKSTAY_AUTH }, 'ready');
  return running;
}

/** The application with its routes, not yet at work. */
export async function createApp(
  platform: Platform,
  others: Promise<unknown> = Promise.resolve(),
): Promise<NestFastifyApplication> {
  // Who waits for the others hears of their failure.
  const othersStarted = others.then(
    () => true,
    () => false,
  );
  const app = await createService(
    platform,
    OperatorModule.forRoot(() => othersStarted),
    new ReplyAdapter({ bodyLimit, routerOptions: { maxParamLength: longestUrl }, frameworkErrors }),
    { bodyParser: false },
  );
  takeJsonAndMarkdown(app);
  measureRequests(app, platform.registry);
  traceRequests(app);
  secureReplies(app);
  return app;
}

// By the names that both have: the server's own types depend on a kind of reply that is not known here.
const frameworkErrors = (error: Error, request: object, reply: object): void => {
  secure(request as Request, reply as Reply);
  sendProblem(error, request as Request, reply as Reply);
};

function takeJsonAndMarkdown(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit }, (request, body: Buffer, done) =>
    parseJson(request as Parameters<typeof parseJson>[0], utf8(body, 'JSON'), done),
  );
  app.useBodyParser('text/markdown', { bodyLimit }, async (_request: unknown, body: Buffer) => utf8(body, 'Markdown'));
}

function utf8(bytes: Buffer, what: string): string {
  try {
    const text = utf8Text(bytes);
    if (what === 'JSON') mustBeKept(text);
    return text;
  } catch (error) {
    if (!(error instanceof NotUtf8)) throw error;
    throw new InvalidRequest([{ pointer: '#', detail: `expected ${what} in UTF-8; it is ${error.message}` }]);
  }
}

/** What is not kept as it was sent is refused, rather than kept otherwise. */
function mustBeKept(json: string): void {
  try {
    mustBeFlat(json);
    mustKeepNumbers(json);
    mustNameOnce(json);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const { line, column } = placeOfOffset(json, error.offset);
    const detail = `the request ${error.message}, in line ${line}, column ${column}`;
    throw new InvalidRequest([{ pointer: fragmentOf(error instanceof NameTwice ? error.pointer : ''), detail }]);
  }
}
