import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { DeploymentCommand } from '@backstay/deployment';
import type { Problem } from '@backstay/document';
import { Rejection, type Actor } from '@backstay/event-sourcing';
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
import { BusLink, inSpan, PLATFORM, type Platform, type SpanOptions } from '@backstay/service-kit';
import { Replies } from './replies.ts';
import { requestOf } from './request-of.ts';

const problemOf = ({ pointer, code, message }: IntakeProblem): Problem => ({
  line: 1,
  column: 1,
  severity: 'error',
  of: 'request',
  code,
  message: pointer === '' ? message : `${pointer}: ${message}`,
});

const conflict: IntakeProblem = {
  pointer: '',
  code: 'conflicting-duplicate',
  message: 'the same identity came before with another body',
};

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
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly link: BusLink,
    private readonly replies: Replies,
  ) {}

  @EventPattern<string>(intakeSubject)
  async deployRequested(@Payload() message: BusMessage, @Ctx() _context: JetStreamContext): Promise<void> {
    const intake = decodeIntake(message);
    if ('parked' in intake) throw terminalFault(intake.parked);
    if (this.#isNobodys(intake))
      throw terminalFault(`${intakeSubject} is for NATS without credentials; publish on ${intakeSubject}.<publisher>`);
    const id = deploymentId(intake.origin);
    try {
      await inSpan(spanOf(message, intake, id), () => this.#accept(id, intake));
    } catch (error) {
      if (!(error instanceof Rejection) || error.code !== conflict.code) throw error;
      await this.platform.parked.park(toPark(message, `${conflict.code}: ${conflict.message}`));
      return this.replies.reply(intake, { problems: [problemOf(conflict)] });
    }
    this.replies.replyWhenJudged(intake, id);
  }

  async #accept(id: string, intake: Readable): Promise<void> {
    await this.#handle(
      id,
      {
        type: 'RequestDeployment',
        id,
        kind: 'deployment',
        origin: this.link.knowsPublishers ? intake.origin : { ...intake.origin, claimed: true },
        request: requestOf(intake),
        of: null,
        problems: intake.ok ? [] : intake.problems.map(problemOf),
        at: this.platform.now(),
      },
      intake,
    );
  }

  async #handle(id: string, command: DeploymentCommand, { origin, traceparent }: Readable): Promise<void> {
    await this.platform.deployments.handle(id, command, {
      actor: this.#actorOf(origin),
      ...(traceparent !== undefined && { traceparent }),
    });
  }

  /** Whoever has a credential uses the subject of its publisher: that of everybody shows nobody's. */
  #isNobodys({ origin }: Readable): boolean {
    return origin.publisher === undefined && this.platform.settings.BACKSTAY_NATS_AUTH !== 'none';
  }

  /** The credential, by the subject that it alone may use. Where anybody can use each subject, all is a claim. */
  #actorOf({ publisher, source }: Readable['origin']): Actor {
    const name = publisher ?? source;
    return this.link.knowsPublishers ? { kind: 'system', name } : { kind: 'system', name, claimed: true };
  }
}
