import { Inject, Injectable } from '@nestjs/common';
import { activeState, type DeploymentState } from '@backstay/deployment';
import { Forbidden } from '@backstay/service-kit/http';
import { AUTHENTICATOR, type Authenticator } from '../auth/authenticator.ts';
import { mayDo, type Principal } from '../auth/principal.ts';
import type { Asked } from './asked.ts';
import { UNDERSTOOD, type Deployments } from './deployments.ts';

type Known = Exclude<DeploymentState, { status: 'none' }>;
export type Resolution = 'completed' | 'failed' | 'retry';

/** A confirmation by a person who has the duty for it. */
@Injectable()
export class Confirmations {
  readonly #deployments: Deployments;
  readonly #authenticator: Authenticator;

  constructor(@Inject(UNDERSTOOD) deployments: Deployments, @Inject(AUTHENTICATOR) authenticator: Authenticator) {
    this.#deployments = deployments;
    this.#authenticator = authenticator;
  }

  /** @param item the line of a criterion, as a number or in digits, or the id of a step. @throws {Forbidden} */
  async confirm(id: string, item: string | number, reason: string, asked: Asked): Promise<void> {
    const state = await this.#deployments.state(id);
    const line = lineOf(item);
    this.#demand(line === null ? dutyOfHold(state) : dutyOfLine(state, line), asked.by);
    const confirmation = { by: asked.by.name, reason, at: asked.at };
    if (line === null)
      await this.#deployments.do(id, { type: 'ConfirmStep', step: String(item), ...confirmation }, asked);
    else await this.#deployments.do(id, { type: 'ConfirmCriterion', line, ...confirmation }, asked);
  }

  /** @throws {Forbidden} */
  async resolve(id: string, step: string, outcome: Resolution, reason: string, asked: Asked): Promise<void> {
    const state = await this.#deployments.state(id);
    this.#demand(dutyOfHold(state), asked.by);
    await this.#deployments.do(
      id,
      { type: 'ResolveStep', step, outcome, by: asked.by.name, reason, at: asked.at },
      asked,
    );
  }

  /** A duty that some token carries is for those who carry it; for any other an operator stands in. */
  #demand(duty: string | null, by: Principal): void {
    const isHeld = duty !== null && this.#authenticator.isAssigned(duty);
    if (isHeld ? by.duties.includes(duty) : mayDo(by, 'operator')) return;
    throw new Forbidden(`this needs ${isHeld ? `the duty ${duty}` : 'the role operator'}; ${by.name} has neither`);
  }
}

function lineOf(item: string | number): number | null {
  if (typeof item === 'number') return item;
  return /^[1-9]\d*$/.test(item) ? Number(item) : null;
}

const dutyOfHold = (state: Known): string | null => (state.status === 'held' ? state.hold.duty : null);

function dutyOfLine(state: Known, line: number): string | null {
  const active = activeState(state);
  const plan = active.status === 'none' ? undefined : active.drafted?.plan;
  const criterion = plan?.acceptanceCriteria.find((each) => each.line === line)?.rule;
  if (criterion?.kind === 'manual') return criterion.duty.duty;
  const proof = plan?.documentation.find(({ source }) => source.line === line)?.proof;
  return proof?.kind === 'manual' ? proof.duty.duty : null;
}
