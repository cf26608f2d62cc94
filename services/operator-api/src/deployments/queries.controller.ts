import { Controller, Headers, Inject, Req } from '@nestjs/common';
import { headerNames } from '@backstay/api-contract';
import { measurementsStream } from '@backstay/deployment';
import { measurements, steps, why } from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { z } from 'zod';
import {
  HttpReply,
  Input,
  type InputOf,
  mediaTypes,
  NotFound,
  type ReplyTo,
  type Request,
} from '@backstay/service-kit/http';
import { cursorOf, readCursor } from '../http/page-cursor.ts';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { auditTrailAs } from './audit-formats.ts';
import { AuditTrails } from './audit-trails.ts';
import { Criteria } from './criteria.ts';
import { Deployments, existing, timeOf } from './deployments.ts';
import { documentAs } from './document-formats.ts';
import { outputOf } from './outputs.ts';
import { pageOf } from './stream-pages.ts';
import type { KnownSince } from './taken-back.ts';

/** What the cursor of a page of measurements holds. */
const version = z.int().positive();

/** What is asked of one deployment: its summary as stored, all else and any earlier moment folded from its stream. */
@Controller()
export class QueriesController {
  constructor(
    private readonly deployments: Deployments,
    private readonly criteria: Criteria,
    private readonly auditTrails: AuditTrails,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @ContractRoute('getDeployment')
  async summary(
    @Input() { params: { id }, query: { asOf } }: InputOf<'getDeployment'>,
  ): Promise<ReplyTo<'getDeployment'>> {
    const stored = asOf === undefined ? await this.deployments.storedSummary(id) : null;
    if (stored !== null) return HttpReply.storedJson(stored.text, etagOf(stored));
    const history = await this.deployments.history(id, asOf);
    const summary = existing(id, await this.deployments.summary(history, asOf));
    return new HttpReply(summary, etagOf(summary));
  }

  @ContractRoute('getPlan')
  async plan(@Input() { params: { id }, query: { asOf } }: InputOf<'getPlan'>): Promise<ReplyTo<'getPlan'>> {
    const history = await this.deployments.history(id, asOf);
    const drafted = history.findLast((event) => event.type === 'PlanDrafted');
    if (drafted === undefined) throw new NotFound(`deployment ${id} has no plan`);
    const { digest, plan, warnings, commit } = drafted.data;
    const { restores, notRestored } = history.findLast((event) => event.type === 'RollbackPlanned')?.data ?? {};
    return restores === undefined && notRestored === undefined
      ? new HttpReply({ digest, plan, warnings, commit }, { etag: `"${digest}"` })
      : new HttpReply({ digest, plan, warnings, commit, restores, notRestored }, { etag: `"${digest}-restores"` });
  }

  @ContractRoute('getDocument')
  async document(
    @Input() { params: { id }, query: { asOf } }: InputOf<'getDocument'>,
    @Headers('accept') accept: string | undefined,
  ): Promise<ReplyTo<'getDocument'>> {
    const { document } = await this.criteria.withDocument(await this.deployments.history(id, asOf), asOf);
    return documentAs(accept, document);
  }

  @ContractRoute('getSteps')
  async steps(@Input() { params: { id }, query: { asOf } }: InputOf<'getSteps'>): Promise<ReplyTo<'getSteps'>> {
    return { steps: steps(await this.deployments.history(id, asOf)) };
  }

  @ContractRoute('getStepOutput')
  async output(
    @Input() { params: { id, step }, query: { asOf } }: InputOf<'getStepOutput'>,
  ): Promise<ReplyTo<'getStepOutput'>> {
    const { text, attempt, complete } = await outputOf(
      await this.deployments.history(id, asOf),
      step,
      this.platform.blobs,
    );
    const headers = { [headerNames.attempt]: String(attempt), [headerNames.complete]: String(complete) };
    return HttpReply.media(mediaTypes.text, text, headers);
  }

  @ContractRoute('getAuditTrail')
  async auditTrail(
    @Input() { params: { id }, query }: InputOf<'getAuditTrail'>,
    @Headers('accept') accept: string | undefined,
    @Req() { url }: Request,
  ): Promise<ReplyTo<'getAuditTrail'>> {
    return auditTrailAs(this.auditTrails, { id, query, accept, url });
  }

  @ContractRoute('getAcceptanceCriteria')
  async acceptanceCriteria(
    @Input() { params: { id }, query: { asOf } }: InputOf<'getAcceptanceCriteria'>,
  ): Promise<ReplyTo<'getAcceptanceCriteria'>> {
    return this.criteria.asOf(await this.deployments.history(id, asOf), asOf);
  }

  @ContractRoute('getMeasurements')
  async measurements(
    @Input() { params: { id }, query: { asOf, after, limit } }: InputOf<'getMeasurements'>,
    @Req() { url }: Request,
  ): Promise<ReplyTo<'getMeasurements'>> {
    const history = await this.deployments.history(id, asOf);
    const part = {
      after: after === undefined ? 0 : readCursor(version, after, 'after'),
      asOf: asOf === undefined ? undefined : timeOf(asOf, history),
    };
    const { events, more } = await pageOf(this.platform.store, measurementsStream(id), part, limit);
    const next = more ? cursorOf(events.at(-1)?.version) : null;
    return new HttpReply({ ...measurements(events, history), next }, nextLink(url, next, 'after'));
  }

  @ContractRoute('getWhy')
  async why(@Input() { params: { id }, query: { asOf } }: InputOf<'getWhy'>): Promise<ReplyTo<'getWhy'>> {
    return why(await this.deployments.history(id, asOf));
  }
}

/** What took it back stands in another stream and moves no version of this one: such a reply is never an old one. */
function etagOf(summary: Pick<KnownSince, 'statusVersion' | 'rolledBackBy'>): Record<string, string> {
  if (summary.rolledBackBy !== undefined) return {};
  return { etag: `"${summary.statusVersion}"`, 'cache-control': 'private, no-cache' };
}
