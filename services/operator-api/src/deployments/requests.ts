import { Inject, Injectable } from '@nestjs/common';
import type { DeployRequest, DeploymentKind } from '@backstay/deployment';
import { bodyDigest, deploymentId } from '@backstay/jetstream';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { sourceOf, type Asked } from './asked.ts';
import { Deployments } from './deployments.ts';

export interface NewDeployment {
  readonly kind: DeploymentKind;
  readonly of: string | null;
  readonly request: DeployRequest;
  /** Where the request came from; its ids are unique there. */
  readonly source: string;
}

/** Records requests for deployments: one deployment for each identity, however often it is asked for. */
@Injectable()
export class Requests {
  readonly #deployments: Deployments;
  readonly #ids: Platform['ids'];

  constructor(deployments: Deployments, @Inject(PLATFORM) { ids }: Platform) {
    this.#deployments = deployments;
    this.#ids = ids;
  }

  /** Returns the deployment's id. @throws {Rejection} when another request came under the same identity. */
  async record({ kind, of, request, source }: NewDeployment, asked: Asked): Promise<string> {
    const identity = { source, id: asked.key ?? this.#ids() };
    const id = deploymentId(identity);
    const claimed = asked.by.claimed === true ? { claimed: true as const } : {};
    const origin = { ...identity, ...claimed, bodyDigest: bodyDigest(request) };
    await this.#deployments.do(id, { type: 'RequestDeployment', id, kind, of, origin, request, at: asked.at }, asked);
    return id;
  }

  deployment(request: DeployRequest, asked: Asked): Promise<string> {
    return this.record({ kind: 'deployment', of: null, request, source: sourceOf(asked) }, asked);
  }
}
