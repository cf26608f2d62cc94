import type { RequestDeployment } from '../planning/commands.ts';
import type { DeployRequest } from '../request.ts';
import { at } from './readings.ts';
import type { RequestOrigin } from '../values.ts';

export const exampleRequest: DeployRequest = {
  document: '# Deployment: notes',
  environment: 'staging',
  version: '1.1.0',
  requestedBy: 'release train',
};

export const exampleOrigin: RequestOrigin = {
  source: 'https://ci.example/notes',
  id: 'build-7',
  bodyDigest: 'sha256:body',
};

/** The command that begins a deployment's stream. */
export function exampleRequested(changes: Partial<RequestDeployment> = {}): RequestDeployment {
  return {
    type: 'RequestDeployment',
    id: 'd-1',
    kind: 'deployment',
    origin: exampleOrigin,
    request: exampleRequest,
    of: null,
    at: at(0),
    ...changes,
  };
}
