import { deploymentStream, measurementsStream, type DeploymentEvent } from '@backstay/deployment';
import type { Cursor, Digest, RecordedEvent } from '@backstay/event-sourcing';
import { steps, why } from '@backstay/projections';
import { NoDeployment } from '@backstay/service-kit/http';
import { auditOf } from '../deployments/audit-entries.ts';
import type { Criteria, ReadBeside } from '../deployments/criteria.ts';
import { brokenIn, type Audited, type Deployments } from '../deployments/deployments.ts';
import { brokenView, deploymentView } from './deployment-page.ts';
import type { View } from './html.ts';
import type { OpenPage } from './open-page.ts';

interface Ports {
  readonly deployments: Pick<Deployments, 'summary'>;
  readonly criteria: Pick<Criteria, 'withDocument'>;
  readonly digest: Digest;
  /** Whether the read models show this event within the time. */
  readonly shows: (cursor: Cursor, withinMs: number) => Promise<boolean>;
}

/** How long a change waits for read models, on which criteria rest beside the deployment's own events. */
const visibleWithinMs = 1_000;

/** The page of one deployment: its streams are read once, and grow by the events that it takes. */
export class OpenDeployment implements OpenPage {
  readonly after: OpenPage['after'];
  readonly correlation: string;
  readonly #asOf: string | undefined;
  readonly #ports: Ports;
  #audited: Audited;
  #beside: ReadBeside;
  #awaited: Cursor | undefined;

  constructor(id: string, asOf: string | undefined, audited: Audited, beside: ReadBeside, ports: Ports) {
    this.after = audited.history.at(-1)?.cursor ?? null;
    this.correlation = id;
    this.#asOf = asOf;
    this.#audited = audited;
    this.#beside = beside;
    this.#ports = ports;
  }

  take(events: readonly RecordedEvent[]): boolean {
    const { history, firstBroken } = this.#audited;
    const { measurements } = this.#beside;
    const own = behind(history, deploymentStream(this.correlation), events) as RecordedEvent<DeploymentEvent>[];
    const measured = behind(measurements, measurementsStream(this.correlation), events);
    this.#audited = {
      history: [...history, ...own],
      firstBroken: firstBroken ?? brokenIn(own, this.#ports.digest, history.at(-1)),
    };
    this.#beside = { ...this.#beside, measurements: [...measurements, ...measured] };
    this.#awaited = own.at(-1)?.cursor ?? this.#awaited;
    return own.length + measured.length > 0;
  }

  async view(): Promise<View> {
    if (this.#awaited !== undefined) await this.#ports.shows(this.#awaited, visibleWithinMs);
    const { firstBroken } = this.#audited;
    if (firstBroken === null) return this.#fullView();
    // The alarm must be seen even where the changed events make no sense any more.
    return this.#fullView().catch(() => brokenView(this.correlation, auditOf(this.#audited), firstBroken));
  }

  async #fullView(): Promise<View> {
    const { history, firstBroken } = this.#audited;
    const [summary, chain] = [await this.#ports.deployments.summary(history, this.#asOf), why(history)];
    if (summary === null || chain === null) throw new NoDeployment(this.correlation);
    return deploymentView({
      summary,
      why: chain,
      steps: steps(history),
      ...(await this.#ports.criteria.withDocument(history, this.#asOf, this.#beside)),
      audit: auditOf(this.#audited),
      firstBroken,
      asOf: this.#asOf,
    });
  }
}

/** Those of a stream that come after what is held of it. */
function behind(held: readonly RecordedEvent[], stream: string, events: readonly RecordedEvent[]): RecordedEvent[] {
  const last = held.at(-1)?.version ?? 0;
  return events.filter((event) => event.stream === stream && event.version > last);
}
