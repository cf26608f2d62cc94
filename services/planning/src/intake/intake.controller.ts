import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { deploymentStream, type DeploymentCommand } from '@backstay/deployment';
import { Rejection } from '@backstay/event-sourcing';
import {
  CarryFaults,
  decodeIntake,
  deploymentId,
  intakeSubject,
  terminalFault,
  toPark,
  type BusMessage,
  type Intake,
  type JetStreamContext,
} from '@backstay/jetstream';
import { childOf, PhaseRunner, PLATFORM, type Platform } from '@backstay/service-kit';
import { deploymentHandler } from '../environment/folds.ts';
import { requestOf } from './request-of.ts';

type Readable = Exclude<Intake, { readonly parked: string }>;

/** Hears `deploy-requested`: each request becomes one deployment, a rejected one, or a parked message; never nothing. */
@Controller()
@UseFilters(CarryFaults)
export class IntakeController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(PhaseRunner) private readonly runner: PhaseRunner,
  ) {}

  @EventPattern<string>(intakeSubject)
  async deployRequested(@Payload() message: BusMessage, @Ctx() _context: JetStreamContext): Promise<void> {
    const intake = decodeIntake(message);
    if ('parked' in intake) throw terminalFault(intake.parked);
    const id = deploymentId(intake.origin);
    try {
      await this.#accept(id, intake);
    } catch (error) {
      if (!(error instanceof Rejection) || error.code !== 'conflicting-duplicate') throw error;
      await this.platform.parked.park(
        toPark(message, 'conflicting-duplicate: the same identity came before with another body'),
      );
    }
  }

  async #accept(id: string, intake: Readable): Promise<void> {
    const at = this.platform.now();
    const { source, id: requestId, bodyDigest } = intake.origin;
    const origin = { source, id: requestId, bodyDigest };
    const requested = {
      type: 'RequestDeployment' as const,
      id,
      kind: 'deployment' as const,
      origin,
      request: requestOf(intake),
      of: null,
      at,
    };
    await this.#handle(id, requested, intake);
    if (intake.ok) return;
    const problems = intake.problems.map(({ pointer, code, message }) => ({
      line: 1,
      column: 1,
      severity: 'error' as const,
      code,
      message: pointer === '' ? message : `${pointer}: ${message}`,
    }));
    await this.#handle(id, { type: 'RejectDeployment', because: 'request', problems, at }, intake);
  }

  async #handle(id: string, command: DeploymentCommand, { origin, traceparent }: Readable): Promise<void> {
    const actor = { kind: 'system' as const, name: origin.source, claimed: true };
    const metadata = {
      commandId: this.platform.ids(),
      time: this.platform.now(),
      actor,
      correlation: id,
      causation: null,
      traceparent: childOf(traceparent),
    };
    const stream = deploymentStream(id);
    const { events } = await deploymentHandler(this.platform).handle(stream, command, metadata);
    this.runner.announce(stream, events);
  }
}
