import { phases as allPhases, type Phase } from '@backstay/deployment';
import {
  SharedSubscription,
  type EventStore,
  type RecordedEvent,
  type SubscribeOptions,
} from '@backstay/event-sourcing';
import { LeaseKeeper } from '@backstay/postgres';
import { aggregatesOn, type Aggregates } from '../../aggregates.ts';
import { sha256 } from '../../platform.ts';
import { PhaseHost } from '../../worker/phase-host.ts';
import type { HolderPort, WorkerPorts } from '../../worker/ports.ts';
import { Slots } from '../../worker/slots.ts';
import { simulatedPhases } from './simulated-effects.ts';
import type { ProcessOptions, ProcessView, World } from './world.ts';

const slotsOfProcess = 8;

/** The database does not respond, or its reply is lost. */
function databaseAway(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

/** One process of the simulation: the composition that a service has, on ports that take time, stall and fail. */
export class SimulatedProcess implements ProcessView {
  readonly options: ProcessOptions;
  readonly phases: readonly Phase[];
  readonly holder: HolderPort;
  readonly aggregates: Aggregates;
  readonly ports: WorkerPorts;
  readonly #world: World;
  readonly #host: PhaseHost;
  readonly #unhear: () => void;
  #isAlive = true;
  #isStarted = false;
  #stalledUntil = 0;
  /** Whether what it had sent when it was killed still arrives. */
  #arrives = true;

  constructor(world: World, pid: number, options: ProcessOptions) {
    const { machine: name = 'here', phases = allPhases } = options;
    this.options = options;
    this.#world = world;
    this.phases = phases;
    const machine = `${name}/`;
    const holder = `${machine}${pid}`;
    this.holder = { machine, holder, isDead: (other) => other.startsWith(machine) && world.isDead(other) };
    const store = this.#storePort();
    const now = () => world.now;
    this.aggregates = aggregatesOn({ store, ids: world.newId, digest: sha256, now });
    this.ports = {
      store,
      events: new SharedSubscription(store, { signal: new AbortController().signal }),
      deployments: this.aggregates.deployments,
      environments: this.aggregates.environments,
      leases: this.#leasePort(),
      pendingWork: {
        look: (...look) => this.#call(() => world.pending.look(...look), world.durableDelayMs),
        write: (...write) => this.#call(() => world.pending.write(...write)),
      },
      slots: { work: new Slots(slotsOfProcess), rollback: new Slots(slotsOfProcess) },
      holder: this.holder,
      host: name,
      clock: {
        now,
        elapsedMs: () => world.time.elapsedMs(),
        after: (milliseconds, callback) => this.after(milliseconds, callback),
      },
    };
    this.#host = new PhaseHost(this.ports, simulatedPhases(this, world));
    this.aggregates.wakeUps.join({ publish: (phase, wakeUp) => world.bus.publish(phase as Phase, wakeUp) });
    this.#unhear = world.bus.hear((phase, { stream, version }) =>
      this.#run(() => {
        if (this.#isStarted && phases.includes(phase)) this.#host.wake(phase, stream, version);
      }),
    );
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** One that cannot start is started again, as its supervisor would. */
  start(): void {
    this.#host.start().then(
      () => {
        this.#isStarted = true;
      },
      (error: unknown) => {
        this.#world.log(`${this.holder.holder} does not start: ${String(error)}`);
        this.kill();
        this.#world.restart(this);
      },
    );
  }

  /** Ends it without a word. */
  kill(): void {
    if (!this.#isAlive) return;
    this.#world.log(`${this.holder.holder} is killed`);
    this.#arrives = this.#world.random.chance(0.5);
    this.#end();
  }

  /** Drains it, as a shutdown does. */
  async stop(): Promise<void> {
    this.#world.log(`${this.holder.holder} drains`);
    this.aggregates.wakeUps.join(null);
    await this.#host.stop();
    this.#end();
  }

  #end(): void {
    this.#isAlive = false;
    this.#unhear();
  }

  /** Nothing happens in it for so long, while time goes on for everybody else. */
  stall(milliseconds: number): void {
    this.#world.log(`${this.holder.holder} stalls for ${milliseconds} ms`);
    this.#stalledUntil = this.#world.time.ms + milliseconds;
  }

  /** Calls back in this process. */
  after(milliseconds: number, callback: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#world.time.after(milliseconds, () => this.#run(() => isCancelled || callback()));
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve));
  }

  #run(callback: () => void): void {
    if (!this.#isAlive) return;
    const stalledMs = this.#stalledUntil - this.#world.time.ms;
    if (stalledMs <= 0) callback();
    else this.#world.time.after(stalledMs, () => this.#run(callback));
  }

  /** A request to the database, and its reply. */
  #call<Reply>(work: () => Promise<Reply>, delayMs = 0): Promise<Reply> {
    const { time, random, database } = this.#world;
    return new Promise<Reply>((resolve, reject) => {
      const reply = (settle: () => void) => {
        if (random.chance(database.lateReplies)) this.after(random.upTo(database.latencyMs), settle);
        else this.#run(settle);
      };
      time.after(delayMs + random.upTo(database.latencyMs), () => {
        if (!this.#isAlive && !this.#arrives) return;
        if (database.isAway) return reply(() => reject(databaseAway()));
        const isLost = random.chance(database.lostReplies);
        work().then(
          (value) => reply(() => (isLost ? reject(databaseAway()) : resolve(value))),
          (error: Error) => reply(() => reject(error)),
        );
      });
    });
  }

  #storePort(): EventStore {
    const world = this.#world;
    return {
      append: (append) => this.#call(() => world.append(append, this)),
      read: (stream, options) => this.#call(() => world.store.read(stream, options)),
      readAll: (after, limit) => this.#call(() => world.store.readAll(after, limit)),
      readCorrelated: (correlation, after, limit, options) =>
        this.#call(() => world.store.readCorrelated(correlation, after, limit, options)),
      countBehind: (after, upTo) => this.#call(() => world.store.countBehind(after, upTo)),
      head: () => this.#call(() => world.store.head()),
      compareCursors: (one, other) => world.store.compareCursors(one, other),
      sortKey: (cursor) => world.store.sortKey(cursor),
      subscribe: (options) => this.#subscribe(options),
    };
  }

  async *#subscribe(options: SubscribeOptions): AsyncIterable<readonly RecordedEvent[]> {
    const { store, database, random } = this.#world;
    for await (const batch of store.subscribe(options)) {
      await this.wait(this.#world.durableDelayMs + random.upTo(database.latencyMs));
      if (database.isAway) throw databaseAway();
      yield batch;
    }
  }

  #leasePort(): LeaseKeeper {
    const { leases, time } = this.#world;
    return new LeaseKeeper(
      {
        acquire: (...acquire) => this.#call(() => leases.acquire(...acquire)),
        renew: (...renew) => this.#call(() => leases.renew(...renew)),
        release: (...release) => this.#call(() => leases.release(...release)),
      },
      {
        holder: this.holder.holder,
        isDead: (holder) => this.holder.isDead(holder),
        timers: { elapsedMs: () => time.ms, after: (milliseconds, callback) => this.after(milliseconds, callback) },
      },
    );
  }
}
