import { Injectable } from '@nestjs/common';
import {
  hasMutated,
  isEnded,
  isRunning,
  refusalOfRestores,
  planRestores,
  activeState,
  type DeployRequest,
  type DeploymentState,
  type Ended,
  type PlannedRestores,
} from '@backstay/deployment';
import { Conflict } from '@backstay/service-kit/http';
import { Environments } from '../environments/environments.ts';
import { sourceOf, type Asked } from './asked.ts';
import { Deployments } from './deployments.ts';
import { Requests } from './requests.ts';

/** The deployment that rolls back, and what it would restore as things stand. */
export interface Begun extends PlannedRestores {
  readonly id: string;
}

/** Rolls back what is asked for, in the way that its state allows. */
@Injectable()
export class Rollbacks {
  readonly #deployments: Deployments;
  readonly #environments: Environments;
  readonly #requests: Requests;

  constructor(deployments: Deployments, environments: Environments, requests: Requests) {
    this.#deployments = deployments;
    this.#environments = environments;
    this.#requests = requests;
  }

  /**
   * Returns the deployment that rolls back: the same one while it is under way, a new one of kind `rollback` for one that
   * succeeded and still runs. @throws {Conflict} that names what runs now, or what would be lost beyond what is accepted.
   */
  async start(id: string, reason: string, asked: Asked): Promise<Begun> {
    const state = await this.#deployments.state(id);
    if (state.status === 'succeeded') return this.#takeBack(state, reason, asked);
    if (isEnded(state)) throw await this.#notRunning(state);
    const planned = acceptable(restoredFrom(state, asked.at));
    await this.#trigger(id, reason, asked);
    return { id, ...planned };
  }

  async #trigger(id: string, reason: string, asked: Asked): Promise<void> {
    const trigger = { kind: 'manual' as const, text: reason, line: null, by: asked.by.name };
    await this.#deployments.do(id, { type: 'TriggerRollback', trigger, reason, at: asked.at }, asked);
  }

  async #takeBack(state: Ended, reason: string, asked: Asked): Promise<Begun> {
    const plan = planOf(state);
    const { running, holder } = await this.#environments.state(plan.service, plan.environment);
    // What has succeeded and still holds its environment is about to be recorded there as what runs.
    if (running?.deployment !== state.id && holder !== state.id) throw await this.#notRunning(state);
    const planned = acceptable(planRestores(state, asked.at));
    const request: DeployRequest = { plan, environment: plan.environment, reason, requestedBy: asked.by.name };
    const source = `rollback:${state.id}:${sourceOf(asked)}`;
    const id = await this.#requests.record({ kind: 'rollback', of: state.id, request, source }, asked);
    return { id, ...planned };
  }

  async #notRunning(state: Ended): Promise<Conflict> {
    const { drafted, status, id } = state;
    if (drafted === null) return new Conflict('not-running', `deployment ${id} is ${status} and never ran`, { status });
    const { service, environment } = drafted.plan;
    const { running } = await this.#environments.state(service, environment);
    const now =
      running === null
        ? 'nothing known'
        : `version ${running.version}${running.deployment === null ? '' : ` of deployment ${running.deployment}`}`;
    return new Conflict('not-running', `deployment ${id} is ${status}; in ${environment} runs ${now}`, {
      status,
      running,
    });
  }
}

function planOf({ id, drafted }: Pick<Ended, 'id' | 'drafted'>) {
  if (drafted === null) throw new Conflict('no-plan', `deployment ${id} has no plan that could be taken back`);
  return drafted.plan;
}

/** What a rollback that begins now would put back; nothing where one is under way already, or nothing was changed yet. */
function restoredFrom(state: DeploymentState, at: string): PlannedRestores {
  const active = activeState(state);
  const takesBack = isRunning(active) && active.status !== 'rolling-back' && hasMutated(active);
  return takesBack ? planRestores(active, at) : { restores: [], notRestored: [] };
}

function acceptable(planned: PlannedRestores): PlannedRestores {
  const { restores } = planned;
  const refusal = refusalOfRestores(restores);
  if (refusal !== null) throw new Conflict('data-loss', refusal, { restores });
  return planned;
}
