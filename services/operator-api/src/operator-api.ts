import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Projection } from '@backstay/event-sourcing';
import { deploymentSummary, environmentView, openRelations, procedureHistory } from '@backstay/projections';
import { nestLogger, runHousekeeping, type Platform, type RunningService } from '@backstay/service-kit';
import { registerDomainMetrics } from './admin/domain-metrics.ts';
import { deploymentOutcomes } from './admin/outcomes.ts';
import { AccessGuard } from './auth/access-guard.ts';
import { noAuthentication, tokenAuthentication, type Authenticator } from './auth/authenticator.ts';
import { readTokens } from './auth/tokens.ts';
import { AnswerAdapter } from './http/answer-adapter.ts';
import type { Reply, Request } from './http/exchange.ts';
import { drain } from './http/drain.ts';
import { InvalidRequest } from './http/errors.ts';
import { measureRequests } from './http/http-metrics.ts';
import { ValidParameters } from './http/input.ts';
import { ProblemFilter, sendProblem } from './http/problem-filter.ts';
import { traceRequests } from './http/request-spans.ts';
import { ShortIds } from './http/short-ids.ts';
import { secureAnswers } from './http/security.ts';
import { Housekeepers } from './housekeeping/housekeepers.ts';
import { operatorModule } from './operator.module.ts';
import { runProjector } from './run/projectors.ts';
import { runBus } from './run/relay.ts';
import { Visibility } from './run/visibility.ts';

/** Enough for a document of 256 KiB with every character escaped, and its evidence. */
const bodyLimit = 2 * 1024 * 1024;

/** What a name in a path may have before it is looked at; the server takes no longer URLs. */
const longestUrl = 16_384;

/** Read models that this service keeps. */
export const projections: readonly Projection[] = [
  deploymentSummary,
  environmentView,
  procedureHistory,
  openRelations,
  deploymentOutcomes,
] as readonly Projection[];

/**
 * Serves the HTTP API and runs read models and relay until it is closed. The platform stays the caller's.
 * @param before what has to be done before read models and relay begin to read the store
 */
export async function operatorApi(
  platform: Platform,
  before: Promise<unknown> = Promise.resolve(),
): Promise<RunningService> {
  const { settings, logger } = platform;
  const closing = new AbortController();
  const visibility = visibilityOn(platform);
  const app = await createApp(platform, visibility, closing.signal);
  const work = [
    runHousekeeping(() => app.get(Housekeepers).all(), logger, closing.signal),
    // Who waits for it hears of its failure.
    before.then(
      () =>
        Promise.all([
          runProjector(projections, platform, visibility, closing.signal),
          runBus(platform, closing.signal),
        ]),
      () => undefined,
    ),
  ];
  await app.listen(settings.BACKSTAY_HTTP_PORT, settings.BACKSTAY_HTTP_HOST);
  const url = await app.getUrl();
  logger.info({ url, auth: settings.BACKSTAY_AUTH }, 'ready');
  return {
    name: platform.name,
    url,
    close: async () => {
      closing.abort();
      await drain(app);
      await Promise.allSettled(work);
    },
  };
}

/** Of the read models of this service. */
export function visibilityOn({ store, views }: Pick<Platform, 'store' | 'views'>): Visibility {
  const names = projections.map(({ name }) => name);
  return new Visibility({
    compare: (one, other) => store.compareCursors(one, other),
    checkpoints: async () => {
      const standing = await views.checkpoints(names);
      return names.map((name) => standing.get(name) ?? null);
    },
  });
}

/** The application with its routes, not yet listening. */
export async function createApp(
  platform: Platform,
  visibility: Visibility,
  closing: AbortSignal,
): Promise<NestFastifyApplication> {
  const { logger, views } = platform;
  const authenticator = await authenticatorOf(platform);
  registerDomainMetrics(
    platform,
    projections.map(({ name }) => name),
  );
  const app = await NestFactory.create<NestFastifyApplication>(
    operatorModule({ platform, authenticator, projections, visibility, closing }),
    new AnswerAdapter({ bodyLimit, routerOptions: { maxParamLength: longestUrl }, frameworkErrors }),
    { logger: nestLogger(logger), abortOnError: false, bodyParser: false },
  );
  takeJsonAndMarkdown(app);
  measureRequests(app, platform.registry);
  traceRequests(app);
  secureAnswers(app);
  app.useGlobalGuards(new AccessGuard(authenticator), new ValidParameters(), new ShortIds(views));
  app.useGlobalFilters(new ProblemFilter(logger));
  await app.init();
  return app;
}

// By the names that both have: the server's own types depend on a kind of reply that is not known here.
const frameworkErrors = (error: Error, request: object, reply: object): void =>
  sendProblem(error, request as Request, reply as Reply);

function takeJsonAndMarkdown(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().removeAllContentTypeParsers();
  app.useBodyParser('application/json', { bodyLimit });
  app.useBodyParser('text/markdown', { bodyLimit }, async (_request: unknown, body: Buffer) => utf8(body));
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidRequest([{ pointer: '#', detail: 'expected Markdown in UTF-8' }]);
  }
}

async function authenticatorOf({ settings, logger }: Platform): Promise<Authenticator> {
  switch (settings.BACKSTAY_AUTH) {
    case 'none':
      logger.warn('nobody is asked who they are: whoever reaches this machine may do everything (BACKSTAY_AUTH=none)');
      return noAuthentication;
    case 'token':
      return tokenAuthentication(await readTokens(settings.BACKSTAY_TOKENS ?? ''));
  }
}
