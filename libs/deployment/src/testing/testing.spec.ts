import { describe, expect, it } from 'vitest';
import { planSchema } from '@backstay/document';
import { deployRequestSchema } from '../request.ts';
import { examplePlan, exampleRequest, foldDeployment, histories } from './index.ts';

describe('the shelf of examples', () => {
  it('holds a plan and a request that their schemas accept as they stand', () => {
    expect(planSchema.parse(examplePlan())).toEqual(examplePlan());
    expect(deployRequestSchema.parse(exampleRequest)).toEqual(exampleRequest);
  });

  it.each([
    ['requested', 'planning'],
    ['drafted', 'planning'],
    ['claimed', 'planning'],
    ['planned', 'executing'],
    ['ready', 'executing'],
    ['closing', 'verifying'],
    ['verified', 'monitoring'],
    ['watching', 'monitoring'],
    ['succeeded', 'succeeded'],
    ['rollingBack', 'rolling-back'],
    ['rollbackPlanned', 'rolling-back'],
    ['rolledBack', 'rolled-back-verified'],
  ] as const)('holds the history of a deployment that is %s: %s', (time, status) => {
    expect(foldDeployment(histories[time]()).status).toBe(status);
  });
});
