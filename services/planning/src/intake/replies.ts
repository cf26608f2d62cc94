import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { DeploymentEvent } from '@backstay/deployment';
import { replySubject, type Intake, type IntakeReply } from '@backstay/jetstream';
import { askAgain, BusLink, Closing, PLATFORM, type Platform } from '@backstay/service-kit';

type Asking = Pick<Exclude<Intake, { readonly parked: string }>, 'origin' | 'replyTo'>;

/** Milliseconds between looks for the plan, five seconds in all: what is recorded is accepted, though its problems may still come. */
const usualPausesMs = [20, 40, 80, 160, 300, 400, 1_000, 1_500, 1_500];
/** Beyond these nobody waits: each costs memory. */
const mostWaiting = 100;

/** Says to publishers what became of their requests, if they ask. At most once, and nothing waits for it: the record counts. */
@Injectable()
export class Replies implements BeforeApplicationShutdown {
  readonly #waiting = new Set<Promise<void>>();

  constructor(
    @Inject(PLATFORM) private readonly platform: Pick<Platform, 'deployments' | 'logger'>,
    @Inject(BusLink) private readonly link: Pick<BusLink, 'knowsPublishers' | 'send'>,
    private readonly closing: Closing,
  ) {}

  /** Of a recorded request: its problems when it is rejected for what it asks, else the id of its deployment. */
  replyWhenJudged(asking: Asking, id: string): void {
    if (asking.replyTo === undefined) return;
    const waiting = this.#judgement(id)
      .then((reply) => this.reply(asking, reply))
      .catch((error: unknown) => this.#lost(error))
      .finally(() => this.#waiting.delete(waiting));
    this.#waiting.add(waiting);
  }

  /** Where publishers have accounts, it reaches the inbox in that of the publisher alone. */
  reply({ origin: { publisher }, replyTo }: Asking, reply: IntakeReply): void {
    if (replyTo === undefined) return;
    try {
      const isMapped = this.link.knowsPublishers && publisher !== undefined;
      this.link.send(isMapped ? replySubject(publisher, replyTo) : replyTo, reply);
    } catch (error) {
      this.#lost(error);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  async #judgement(id: string): Promise<IntakeReply> {
    if (this.#waiting.size >= mostWaiting) return { deploymentId: id };
    // Each listens to a signal of its own: many listeners at one look like a leak.
    const signal = AbortSignal.any([this.closing.signal]);
    return judgementOf(id, () => this.platform.deployments.events(id), signal);
  }

  #lost(error: unknown): void {
    this.platform.logger.warn({ err: error }, 'a publisher was sent no reply');
  }
}

/** What came first of a request that is recorded: a rejection, or anything else. It is the same at each delivery of the request. */
export async function judgementOf(
  id: string,
  list: () => Promise<readonly DeploymentEvent[]>,
  signal: AbortSignal,
  pausesMs = usualPausesMs,
): Promise<IntakeReply> {
  const first = async () => (await list()).find(({ type }) => type !== 'DeploymentRequested');
  const judged = await askAgain(first, (found) => found === undefined, { pausesMs, signal });
  return judged?.type === 'DeploymentRejected' ? { problems: judged.data.problems } : { deploymentId: id };
}
