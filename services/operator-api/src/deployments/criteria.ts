import { Inject, Injectable } from '@nestjs/common';
import { deploymentStream, measurementsStream, type DeploymentEvent } from '@backstay/deployment';
import { printPlan } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import {
  acceptanceCriteria,
  documentView,
  eventsAsOf,
  knownAt,
  procedureHistory,
  type AcceptanceCriteria,
  type DocumentView,
  type ProcedureEntry,
  type ProcedureRow,
} from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { timeOf, type History } from './deployments.ts';

/** How far back other deployments of a service are looked at. */
const entriesAtMost = 1000;

/** What else is known of the service at a moment. */
interface CriteriaContext {
  readonly history: readonly ProcedureEntry[];
  /** ISO 8601. */
  readonly now: string;
}

interface Source {
  readonly source: string | null;
  /** Where it comes from when it is not the request's own. */
  readonly note?: string;
}

/** What the criteria and the document need beside the deployment's own stream. */
export interface ReadBeside {
  readonly measurements: readonly RecordedEvent[];
  /** Of the deployment that is taken back. */
  readonly documentOfOther: string | undefined;
}

export interface CriteriaWithDocument {
  readonly criteria: AcceptanceCriteria;
  readonly document: DocumentView;
}

/** Acceptance criteria and the judged document, computed from what is recorded: of this deployment, and of others of its service. */
@Injectable()
export class Criteria {
  readonly #platform: Pick<Platform, 'store' | 'views' | 'now'>;

  constructor(@Inject(PLATFORM) platform: Pick<Platform, 'store' | 'views' | 'now'>) {
    this.#platform = platform;
  }

  /** @param asOf what `history` ends with, where that is not now */
  async asOf(history: History, asOf: string | undefined): Promise<AcceptanceCriteria> {
    return judged(history, await this.#context(history, asOf), await this.#measurementsOf(history));
  }

  /**
   * The criteria, and the document of the request, or of the deployment that is taken back, beside what became of its lines.
   * @param read what was read for it before
   */
  async withDocument(history: History, asOf: string | undefined, read?: ReadBeside): Promise<CriteriaWithDocument> {
    const { measurements, documentOfOther } = read ?? (await this.readBeside(history));
    const context = await this.#context(history, asOf);
    const criteria = judged(history, context, measurements);
    const { source, note } = sourceOf(history, documentOfOther);
    return { criteria, document: documentView(source, history, { criteria: criteria.criteria, note, ...context }) };
  }

  async readBeside(history: History): Promise<ReadBeside> {
    const { request, of = null } = requestIn(history) ?? {};
    return {
      measurements: await this.#measurementsOf(history),
      documentOfOther: request?.document !== undefined || of === null ? undefined : await this.#documentOf(of),
    };
  }

  async #context(history: History, asOf: string | undefined): Promise<CriteriaContext> {
    const now = asOf === undefined ? this.#platform.now() : timeOf(asOf, history);
    const service = history.findLast((event) => event.type === 'PlanDrafted')?.data.plan.service;
    const others = service === undefined ? [] : await this.#entriesOf(service);
    return { history: knownAt(others, now), now };
  }

  async #documentOf(deployment: string): Promise<string | undefined> {
    const [first] = await this.#platform.store.read<DeploymentEvent>(deploymentStream(deployment), { to: 1 });
    return first?.type === 'DeploymentRequested' ? first.data.request.document : undefined;
  }

  async #entriesOf(service: string): Promise<readonly ProcedureEntry[]> {
    const query = { where: { service }, sort: 'at', limit: entriesAtMost };
    const { rows } = await this.#platform.views.list<ProcedureRow>(procedureHistory.name, query);
    return rows.map(({ body }) => body);
  }

  async #measurementsOf(history: History): Promise<readonly RecordedEvent[]> {
    const id = history[0]?.correlation;
    return id === undefined ? [] : this.#platform.store.read(measurementsStream(id));
  }
}

const judged = (
  history: History,
  { history: others, now }: CriteriaContext,
  measurements: readonly RecordedEvent[],
): AcceptanceCriteria => acceptanceCriteria(history, others, now, eventsAsOf(measurements, now));

const requestIn = (history: History) => history.find((event) => event.type === 'DeploymentRequested')?.data;

/** What is taken back brings the plan of another one, whose lines are those of that one's document. */
function sourceOf(history: History, documentOfOther: string | undefined): Source {
  const { request, of } = requestIn(history) ?? {};
  if (request?.document !== undefined) return { source: request.document };
  if (documentOfOther !== undefined)
    return { source: documentOfOther, note: `This is the document of deployment ${of}, which this one takes back.` };
  const source = printed(history);
  return source === null ? { source } : { source, note: 'The request brought a plan; as a document it reads so.' };
}

/** The document of a plan that came in JSON: its lines are those that the plan was given when it was accepted. */
function printed(history: History): string | null {
  const plan = history.findLast((event) => event.type === 'PlanDrafted')?.data.plan;
  return plan === undefined ? null : printPlan(plan);
}
