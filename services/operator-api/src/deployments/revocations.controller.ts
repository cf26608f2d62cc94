import { Controller } from '@nestjs/common';
import type { EvidenceRef } from '@backstay/deployment';
import { summaryOf } from '@backstay/projections';
import { HttpReply, Input, type InputOf, NotFound, type ReplyTo } from '@backstay/service-kit/http';
import { ContractRoute } from '../http/contract-route.ts';
import { Visibility } from '../run/visibility.ts';
import { AskedBy, type Asked } from './asked.ts';
import { Deployments, existing, type History } from './deployments.ts';

/** Revokes evidence that was wrong, and records who did so and why. */
@Controller()
export class RevocationsController {
  constructor(
    private readonly deployments: Deployments,
    private readonly visibility: Visibility,
  ) {}

  @ContractRoute('revokeEvidence')
  async revoke(
    @Input() { params: { id, evidence: named }, body: { reason } }: InputOf<'revokeEvidence'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'revokeEvidence'>> {
    const evidence = evidenceIn(await this.deployments.history(id), named);
    const { by, at } = asked;
    await this.deployments.do(id, { type: 'RevokeEvidence', evidence, by: by.name, reason, at }, asked);
    const history = await this.deployments.history(id);
    return new HttpReply(existing(id, summaryOf(history)), await this.visibility.headerFor(history));
  }
}

/** The event of this id, or with which the step of this id succeeded last. @throws {NotFound} */
function evidenceIn(history: History, named: string): EvidenceRef {
  const found =
    history.find(({ id }) => id === named) ??
    history.findLast(({ type, data }) => type === 'StepSucceeded' && data.step === named);
  if (found === undefined) throw new NotFound(`there is no event ${named}, nor a step of that id that succeeded`);
  const { id: eventId, type: eventType, hash: digest } = found;
  return { eventId, eventType, digest, line: lineOf(found) };
}

function lineOf(event: History[number]): number | null {
  return event.type === 'CriterionConfirmed' || event.type === 'EvidenceRead' ? event.data.line : null;
}
