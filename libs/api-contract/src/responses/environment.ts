import { z } from 'zod';
import { override } from './deployment.ts';
import { next, open, time } from './open.ts';

const release = open({
  version: z.string(),
  commit: z.string().nullable(),
  release: z.string().nullable().describe("the deployer's name of it; null where the deployer keeps none"),
  deployment: z.string().nullable().describe('the deployment that put it there; null when it was adopted'),
});

export const environment = open({
  service: z.string(),
  environment: z.string(),
  holder: z.string().nullable().describe('the deployment that holds it'),
  queue: z.array(z.string()).describe('the deployments that wait for it'),
  running: release.nullable(),
  verifiedGood: release.nullable(),
  uncertain: z.string().nullable().describe('the deployment that ended half way, after which nobody knows what runs'),
  unverified: z
    .string()
    .nullable()
    .describe('the deployment whose rollback put back what runs and could not verify it'),
  unknown: open({
    deployment: z.string(),
    version: z.string().nullable(),
    outcome: z.string().nullable(),
    recorded: z.string().nullable(),
    why: z.string().nullable(),
  }).nullable(),
  quarantined: z.array(open({ version: z.string(), why: z.string() })),
  adoption: open({
    pending: open({ version: z.string() }).nullable().describe('requested and not decided yet'),
    refused: open({ version: z.string(), reasons: z.array(z.string()), at: time })
      .nullable()
      .describe('until an adoption succeeds'),
  }),
  deployments: z
    .array(
      open({
        deployment: z.string(),
        version: z.string().nullable(),
        outcome: z.string().nullable(),
        claimedAt: time,
        settledAt: time.nullable(),
      }),
    )
    .describe('the last five, newest first'),
  planned: z.array(open({ deployment: z.string(), version: z.string() })),
  overrides: z.array(override.extend({ deployment: z.string() })),
  sentence: z.string().describe('the same as a sentence'),
}).meta({ id: 'Environment' });

export const environments = open({ environments: z.array(environment), next });
