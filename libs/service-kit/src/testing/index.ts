export { forAllTests, PhaseStage, type Beginning } from './phase-stage.ts';
export { planOf, run, step } from './plans.ts';
export { handlersOn } from './stage-setup.ts';
export { recordOf } from './describe.ts';
export type { ClaimHandlers } from './simulation/scripted-claims.ts';
export { Simulation, type SimulationOptions } from './simulation/simulation.ts';
export type { Claims, SimulatedScript } from './simulation/world.ts';
export { Random } from './in-memory/random.ts';
export { VirtualTime } from './in-memory/virtual-time.ts';
