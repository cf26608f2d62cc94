import { describe, expect, it } from 'vitest';
import { examplePlan } from '@backstay/deployment/testing';
import { environmentFor, SecretInArguments } from './environment.ts';
import type { StepDeployment } from './deployment.ts';

const source = { line: 1 };

/** Of a document with a secret, a variable that holds it, one that holds that one, and a public one. */
const environment = () =>
  environmentFor({
    context: { secrets: 'env', provided: { API_KEY: 's3cr3t-of-orders' } },
    deployment: {
      id: 'd-1',
      commit: null,
      rollbackVersion: null,
      plan: examplePlan({
        secrets: [{ title: 'key', names: ['API_KEY'], origin: 'document', source }],
        environmentVariables: [
          { name: 'MADE', from: 'value', value: 'pre-${API_KEY}-post', source },
          { name: 'AGAIN', from: 'value', value: 'x${MADE}', source },
          { name: 'REGION', from: 'value', value: 'eu', source },
        ],
      }),
    } as unknown as StepDeployment,
  });

describe('the arguments of a step', () => {
  it.each(['API_KEY', 'MADE', 'AGAIN'])('are refused where ${%s} would show a secret', (name) => {
    const { argument, variables } = environment();
    expect(variables[name]).toContain('s3cr3t-of-orders');
    expect(() => argument(`--with=\${${name}}`)).toThrow(new SecretInArguments(name));
  });

  it('hold the values of what is public', () => {
    expect(environment().argument('--region=${REGION} --version=${VERSION}')).toBe('--region=eu --version=1.1.0');
  });
});
