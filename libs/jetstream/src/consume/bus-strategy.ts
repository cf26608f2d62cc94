import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { BaseRpcContext, Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { busMessage, toPark, type MessageToPark } from '../bus/bus-message.ts';
import type { Bus } from '../bus/connect-bus.ts';
import { intakeConsumer } from '../access/access.ts';
import { asError, backoff, untilAborted, type OnFault } from '../bus/faults.ts';
import { ensureStream, intakeStream } from '../bus/streams.ts';
import { intakeSubject, wakePrefix } from '../bus/subjects.ts';
import { readWakeUp } from '../wake/wake-up.ts';
import { remoteErrorOf, type RemoteError } from './remote-error.ts';

/** Second argument of a handler. */
export class JetStreamContext extends BaseRpcContext<[JsMsg]> {
  /** The message as the client library knows it. Acknowledging it is the strategy's business. */
  getMessage(): JsMsg {
    return this.getArgByIndex(0);
  }
}

export interface BusStrategyOptions {
  readonly bus: Pick<Bus, 'js' | 'nc'>;
  /** The service's name, with which the durable consumer of the intake begins; replicas with the same name share the messages. */
  readonly durable: string;
  /** Keeps a message that nobody could take. It may be called more than once for one message; when it fails, the message stays. */
  readonly park: (message: MessageToPark) => Promise<unknown>;
  readonly onFault: OnFault;
  /** Whether the platform can work; a fault while it cannot is not the message's own, and is not counted. Absent: it always can. */
  readonly isAble?: () => Promise<boolean>;
  /** Faults of its own before a message is parked; default 8, which with the backoff is about 13 seconds. */
  readonly maxDeliveries?: number;
  /** Milliseconds before the second delivery, doubled for each further one up to 5 s; default 100. */
  readonly firstDelayMs?: number;
  /** Milliseconds after which an unanswered message is delivered again; default 30 s. */
  readonly ackWaitMs?: number;
  /** Milliseconds within which the loss of stream or consumer is noticed, at least 1000; default 5 s. */
  readonly noticeMs?: number;
}

export const consumerDefaults = {
  maxDeliveries: 8,
  firstDelayMs: 100,
  ackWaitMs: 30_000,
  noticeMs: 5_000,
} as const;

/** Over all replicas one message is in work at a time, so that they are handled in the broker's order. */
export const mostInWork = 1;

/**
 * Event handlers of Nest on NATS; a pattern is a subject. Every replica receives wake-ups on core NATS, whose faults are only
 * reported. Requests come from a durable pull consumer of JetStream, one at a time over all replicas: a terminal fault parks the
 * message, and any other delivers it again, later each time, until it is parked too. A lost stream or consumer is made anew.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: Required<BusStrategyOptions>;
  readonly #ending = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #faulty = { sequence: 0, faults: 0 };

  constructor(options: BusStrategyOptions) {
    super();
    this.#options = { ...consumerDefaults, isAble: () => Promise.resolve(true), ...options };
  }

  override listen(callback: () => void): void {
    const { signal } = this.#ending;
    const { onFault } = this.#options;
    for (const [subject, handler] of this.messageHandlers) {
      if (subject.startsWith(`${wakePrefix}.`)) this.#hear(subject, handler);
      else if (subject !== intakeSubject) throw new TypeError(`${subject} is neither a wake-up nor the intake`);
      else
        this.#loops.push(
          untilAborted(`consume ${subject}`, { signal, onFault }, (worked) =>
            this.#consume(subject, handler, worked),
          ).catch((thrown: unknown) =>
            onFault({ operation: `consume ${subject}`, error: asError(thrown), failures: 1 }),
          ),
        );
    }
    callback();
  }

  /** Takes no further message and waits for those in work. */
  override async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#loops);
  }

  override on(): never {
    throw new Error('the connection reports its status through connectBus');
  }

  override unwrap<T>(): T {
    return this.#options.bus.js as T;
  }

  /** The connection renews its subscriptions by itself. */
  #hear(subject: string, handler: MessageHandler): void {
    const { bus, onFault } = this.#options;
    const report = (error: Error) => onFault({ operation: `hear ${subject}`, error, failures: 1 });
    const subscription = bus.nc.subscribe(subject, {
      callback: (error, message) => {
        if (error) return report(error);
        const wakeUp = readWakeUp(message.data);
        if (wakeUp !== null) void Promise.resolve(handler(wakeUp)).catch((thrown: unknown) => report(asError(thrown)));
      },
    });
    this.#ending.signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  }

  async #consume(subject: string, handler: MessageHandler, worked: () => void): Promise<void> {
    const messages = await this.#open();
    const stop = () => messages.stop();
    this.#ending.signal.addEventListener('abort', stop, { once: true });
    try {
      if (this.#ending.signal.aborted) stop();
      for await (const message of messages) {
        worked();
        await this.#handle(subject, handler, message);
      }
    } finally {
      this.#ending.signal.removeEventListener('abort', stop);
    }
    if (!this.#ending.signal.aborted) throw new Error(`the consumer of ${subject} ended`);
  }

  async #open(): Promise<ConsumerMessages> {
    const { bus, noticeMs } = this.#options;
    await ensureStream(bus.js, intakeStream);
    const name = await this.#ensureConsumer(await bus.js.jetstreamManager(false));
    const consumer = await bus.js.consumers.get(intakeStream.name, name);
    return consumer.consume({ max_messages: mostInWork, expires: noticeMs, abort_on_missing_resource: true });
  }

  async #ensureConsumer(jsm: JetStreamManager): Promise<string> {
    const { durable, ackWaitMs } = this.#options;
    const name = intakeConsumer(durable);
    // The bound on deliveries is kept by the strategy, so that a message is parked and not silently dropped by the server.
    const changeable = { ack_wait: nanos(ackWaitMs), max_deliver: -1, max_ack_pending: mostInWork };
    try {
      // One consumer has the whole stream, in its order; one that was made for a single subject hears all from now on.
      await jsm.consumers.update(intakeStream.name, name, { ...changeable, filter_subject: undefined });
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound)) throw error;
      const fixed = { deliver_policy: DeliverPolicy.All, ack_policy: AckPolicy.Explicit };
      await jsm.consumers.add(intakeStream.name, { durable_name: name, ...fixed, ...changeable });
    }
    return name;
  }

  async #handle(subject: string, handler: MessageHandler, message: JsMsg): Promise<void> {
    if (this.#ending.signal.aborted) return message.nak();
    const fault = await this.#faultOf(handler, message);
    if (fault === null) return message.ack();
    const { onFault, maxDeliveries, firstDelayMs } = this.#options;
    const { deliveryCount } = message.info;
    onFault({ operation: `handle ${subject}`, error: new Error(fault.message), failures: deliveryCount });
    const isLast = fault.terminal || (await this.#ownFaults(message)) >= maxDeliveries;
    if (isLast && (await this.#parked(message, fault))) return message.term();
    message.nak(backoff(deliveryCount, firstDelayMs));
  }

  /** How often the message failed in this process while the platform could work. */
  async #ownFaults({ seq: sequence }: JsMsg): Promise<number> {
    if (this.#faulty.sequence !== sequence) this.#faulty = { sequence, faults: 0 };
    if (await this.#options.isAble()) this.#faulty.faults += 1;
    return this.#faulty.faults;
  }

  async #faultOf(handler: MessageHandler, message: JsMsg): Promise<RemoteError | null> {
    try {
      const result = await handler(busMessage(message), new JetStreamContext([message]));
      await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
      return null;
    } catch (thrown) {
      return remoteErrorOf(thrown);
    }
  }

  async #parked(message: JsMsg, { message: reason }: RemoteError): Promise<boolean> {
    try {
      await this.#options.park(toPark(busMessage(message), reason));
      return true;
    } catch (error) {
      const { deliveryCount } = message.info;
      this.#options.onFault({ operation: 'park', error: error as Error, failures: deliveryCount });
      return false;
    }
  }
}
