import { Module } from '@nestjs/common';
import {
  PHASE_HANDLERS,
  PLATFORM,
  rollbackReserveOf,
  type PhaseHandlers,
  type PhaseService,
  type Platform,
} from '@backstay/service-kit';
import { draftPlan } from './draft/draft-plan.ts';
import { checkBlockers } from './environment/check-blockers.ts';
import { claimEnvironment } from './environment/claim-environment.ts';
import { expirePreflight } from './environment/expire-preflight.ts';
import { reviewClaim } from './environment/review-claim.ts';
import { settleEnvironment } from './environment/settle-environment.ts';
import { StallWatch } from './environment/stall.ts';
import { IntakeController } from './intake/intake.controller.ts';
import { Replies } from './intake/replies.ts';

@Module({
  controllers: [IntakeController],
  providers: [Replies, StallWatch, { provide: PHASE_HANDLERS, useFactory: handlersOf, inject: [PLATFORM, StallWatch] }],
  exports: [PHASE_HANDLERS],
})
class PlanningModule {}

/** Hears requests, freezes plans, claims and settles environments. */
export const planningService: PhaseService = { phase: 'planning', healthPort: 7301, module: PlanningModule };

function handlersOf(platform: Platform, stalls: StallWatch): PhaseHandlers {
  const reserve = rollbackReserveOf(platform);
  return {
    deployment: {
      'draft-plan': (_effect, context) => draftPlan(platform, context),
      'check-blockers': (_effect, context) => checkBlockers(platform, context),
      'claim-environment': (_effect, context) => claimEnvironment(platform, context),
      'settle-environment': async (_effect, context) => {
        await reserve.free(context.id);
        return settleEnvironment(platform, context);
      },
      'expire-preflight': (effect, { state, now }) => Promise.resolve(expirePreflight(effect, state, now())),
      'expire-hold': (_effect, { now }) => Promise.resolve([{ type: 'ExpireHold', at: now() }]),
      'end-stall': (_effect, context) => Promise.resolve(stalls.look(context)),
    },
    environment: {
      'review-claim': (effect, context) => reviewClaim(platform, effect, context),
    },
  };
}
