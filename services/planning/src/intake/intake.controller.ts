import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { DeploymentCommand } from '@backstay/deployment';
import type { Problem } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import {
  RemoteErrorFilter,
  decodeIntake,
  deploymentId,
  intakeSubject,
  terminalFault,
  toPark,
  type BusMessage,
  type Intake,
  type IntakeProblem,
  type JetStreamContext,
} from '@backstay/jetstream';
import { inSpan, PLATFORM, type Platform, type SpanOptions } from '@backstay/service-kit';
import { requestOf } from './request-of.ts';

const problemOf = ({ pointer, code, message }: IntakeProblem): Problem => ({
  line: 1,
  column: 1,
  severity: 'error',
  of: 'request',
  code,
  message: pointer === '' ? message : `${pointer}: ${message}`,
});

type Readable = Exclude<Intake, { readonly parked: string }>;

const spanOf = ({ subject, streamSequence }: BusMessage, { traceparent }: Readable, id: string): SpanOptions => ({
  name: `process ${subject}`,
  kind: 'consumer',
  parent: traceparent,
  attributes: {
    'messaging.system': 'nats',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': subject,
    'messaging.message.id': String(streamSequence),
    'deployment.id': id,
  },
});

/** Hears `deploy-requested`: each request becomes one deployment, a rejected one, or a parked message; never nothing. */
@Controller()
@UseFilters(RemoteErrorFilter)
export class IntakeController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @EventPattern<string>(intakeSubject)
  async deployRequested(@Payload() message: BusMessage, @Ctx() _context: JetStreamContext): Promise<void> {
    const intake = decodeIntake(message);
    if ('parked' in intake) throw terminalFault(intake.parked);
    const id = deploymentId(intake.origin);
    try {
      await inSpan(spanOf(message, intake, id), () => this.#accept(id, intake));
    } catch (error) {
      if (!(error instanceof Rejection) || error.code !== 'conflicting-duplicate') throw error;
      await this.platform.parked.park(
        toPark(message, 'conflicting-duplicate: the same identity came before with another body'),
      );
    }
  }

  async #accept(id: string, intake: Readable): Promise<void> {
    await this.#handle(
      id,
      {
        type: 'RequestDeployment',
        id,
        kind: 'deployment',
        origin: intake.origin,
        request: requestOf(intake),
        of: null,
        problems: intake.ok ? [] : intake.problems.map(problemOf),
        at: this.platform.now(),
      },
      intake,
    );
  }

  async #handle(id: string, command: DeploymentCommand, { origin, traceparent }: Readable): Promise<void> {
    const actor = { kind: 'system' as const, name: origin.source, claimed: true };
    await this.platform.deployments.handle(id, command, { actor, ...(traceparent !== undefined && { traceparent }) });
  }
}
