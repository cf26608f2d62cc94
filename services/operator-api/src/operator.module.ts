import type { DynamicModule } from '@nestjs/common';
import type { Projection } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';
import { HealthController } from './admin/health.controller.ts';
import { ParkedController } from './admin/parked.controller.ts';
import { ProjectionsController } from './admin/projections.controller.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { AuditTrails } from './deployments/audit-trails.ts';
import { CommandsController } from './deployments/commands.controller.ts';
import { Confirmations } from './deployments/confirmations.ts';
import { Criteria } from './deployments/criteria.ts';
import { DeploymentList } from './deployments/deployment-list.ts';
import { Deployments } from './deployments/deployments.ts';
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
import { OpenApiController } from './openapi/openapi.controller.ts';
import { PageController } from './page/page.controller.ts';
import type { Visibility } from './run/visibility.ts';
import { EventFeeds } from './stream/event-feed.ts';
import { StreamController } from './stream/stream.controller.ts';
import { CLOSING, PLATFORM, PROJECTIONS } from './tokens.ts';

export interface OperatorModuleOptions {
  readonly platform: Platform;
  readonly authenticator: Authenticator;
  readonly projections: readonly Projection[];
  readonly visibility: Visibility;
  readonly closing: AbortSignal;
}

const controllers = [
  CommandsController,
  RevocationsController,
  ListController,
  QueriesController,
  EnvironmentsController,
  DocumentsController,
  StreamController,
  ParkedController,
  ProjectionsController,
  HealthController,
  HousekeepingController,
  OpenApiController,
  PageController,
];

class OperatorModule {}

/** What the controllers stand on, made once. */
export function operatorModule({
  platform,
  authenticator,
  projections,
  visibility,
  closing,
}: OperatorModuleOptions): DynamicModule {
  const deployments = new Deployments(platform);
  const environments = new Environments(platform);
  const criteria = new Criteria(platform);
  const requests = new Requests(deployments, platform.ids);
  const made = [
    deployments,
    environments,
    requests,
    visibility,
    new Rollbacks(deployments, environments, requests),
    // A word goes on with a deployment: only on what this version understands. To stop one stays possible.
    new Confirmations(new Deployments(platform, 'refuse'), authenticator),
    criteria,
    new AuditTrails(platform),
    new Housekeepers(platform, criteria),
    new DeploymentList(platform.views),
    new DryRuns(
      {
        deployments,
        environments,
        waits: new OpenWaits(deployments, environments, platform.views),
        repositories: new Repositories(platform),
      },
      platform,
    ),
    new Fleet(environments, platform.views),
    new EventFeeds(platform.store, platform.views),
  ];
  return {
    module: OperatorModule,
    controllers,
    providers: [
      { provide: PLATFORM, useValue: platform },
      { provide: PROJECTIONS, useValue: projections },
      { provide: CLOSING, useValue: closing },
      ...made.map((each) => ({ provide: each.constructor, useValue: each })),
    ],
  };
}
