import { Inject, Module, type DynamicModule, type OnModuleInit, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { routes } from '@backstay/api-contract';
import type { Projection } from '@backstay/event-sourcing';
import { deploymentSummary, environmentView, openRelations, procedureHistory } from '@backstay/projections';
import { HealthModule, HOUSEKEEPERS, Housekeeping, PLATFORM, type Platform } from '@backstay/service-kit';
import { ValidParameters } from '@backstay/service-kit/http';
import { registerDomainMetrics } from './admin/domain-metrics.ts';
import { deploymentOutcomes } from './admin/outcomes.ts';
import { ParkedController } from './admin/parked.controller.ts';
import { ProjectionsController } from './admin/projections.controller.ts';
import { AccessGuard } from './auth/access-guard.ts';
import { AUTHENTICATOR, authenticatorOf } from './auth/authenticator.ts';
import { AuditTrails } from './deployments/audit-trails.ts';
import { CommandsController } from './deployments/commands.controller.ts';
import { Confirmations } from './deployments/confirmations.ts';
import { Criteria } from './deployments/criteria.ts';
import { DeploymentList } from './deployments/deployment-list.ts';
import { Deployments, UNDERSTOOD } from './deployments/deployments.ts';
import { ListController } from './deployments/list.controller.ts';
import { QueriesController } from './deployments/queries.controller.ts';
import { RevocationsController } from './deployments/revocations.controller.ts';
import { Requests } from './deployments/requests.ts';
import { Rollbacks } from './deployments/rollbacks.ts';
import { DocumentsController } from './documents/documents.controller.ts';
import { DryRuns } from './documents/dry-runs.ts';
import { OpenWaits } from './documents/open-waits.ts';
import { Repositories } from './documents/repositories.ts';
import { Environments } from './environments/environments.ts';
import { EnvironmentsController } from './environments/environments.controller.ts';
import { Fleet } from './environments/fleet.ts';
import { HousekeepingController } from './housekeeping/housekeeping.controller.ts';
import { Housekeepers } from './housekeeping/housekeepers.ts';
import { Drain } from './http/drain.ts';
import { ShownProblems } from './http/shown-problems.ts';
import { ShortIds } from './http/short-ids.ts';
import { OpenApiController } from './openapi/openapi.controller.ts';
import { PageController } from './page/page.controller.ts';
import { Pages } from './page/pages.ts';
import { ReadModels } from './run/read-models.ts';
import { Relay } from './run/relay.ts';
import { Visibility } from './run/visibility.ts';
import { EventFeeds } from './stream/event-feed.ts';
import { EventStreams } from './stream/event-streams.ts';
import { StreamController } from './stream/stream.controller.ts';
import { OTHERS, PROJECTIONS, type OthersStarted } from './tokens.ts';

/** Read models that this service keeps. */
export const projections: readonly Projection[] = [
  deploymentSummary,
  environmentView,
  procedureHistory,
  openRelations,
  deploymentOutcomes,
] as readonly Projection[];
const names = projections.map(({ name }) => name);

/** What replies are read from. */
const queries: Provider[] = [
  { provide: Deployments, useFactory: (platform: Platform) => new Deployments(platform), inject: [PLATFORM] },
  { provide: UNDERSTOOD, useFactory: (platform: Platform) => new Deployments(platform, 'refuse'), inject: [PLATFORM] },
  { provide: Repositories, useFactory: (platform: Platform) => new Repositories(platform), inject: [PLATFORM] },
  Environments,
  Requests,
  Rollbacks,
  Confirmations,
  Criteria,
  AuditTrails,
  DeploymentList,
  OpenWaits,
  DryRuns,
  Fleet,
  EventFeeds,
  EventStreams,
  Pages,
];

/** What every request passes, in this order. */
const gates: Provider[] = [
  { provide: AUTHENTICATOR, useFactory: authenticatorOf, inject: [PLATFORM] },
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_GUARD, useClass: ValidParameters },
  { provide: APP_GUARD, useClass: ShortIds },
  { provide: APP_FILTER, useFactory: ({ logger }: Platform) => new ShownProblems(routes, logger), inject: [PLATFORM] },
];

/** What runs beside requests. */
const work: Provider[] = [
  { provide: PROJECTIONS, useValue: projections },
  { provide: Visibility, useFactory: visibilityOn, inject: [PLATFORM] },
  ReadModels,
  Relay,
  Housekeepers,
  { provide: HOUSEKEEPERS, useFactory: (keepers: Housekeepers) => () => keepers.all(), inject: [Housekeepers] },
  Housekeeping,
  Drain,
];

@Module({
  imports: [HealthModule],
  controllers: [
    CommandsController,
    RevocationsController,
    ListController,
    QueriesController,
    EnvironmentsController,
    DocumentsController,
    StreamController,
    ParkedController,
    ProjectionsController,
    HousekeepingController,
    OpenApiController,
    PageController,
  ],
  providers: [...queries, ...gates, ...work],
})
export class OperatorModule implements OnModuleInit {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  static forRoot(othersStarted: OthersStarted): DynamicModule {
    return { module: OperatorModule, providers: [{ provide: OTHERS, useValue: othersStarted }] };
  }

  onModuleInit(): void {
    registerDomainMetrics(this.platform, names);
  }
}

function visibilityOn({ store, views }: Platform): Visibility {
  return new Visibility({
    compare: (one, other) => store.compareCursors(one, other),
    checkpoints: async () => {
      const standing = await views.checkpoints(names);
      return names.map((name) => standing.get(name) ?? null);
    },
  });
}
