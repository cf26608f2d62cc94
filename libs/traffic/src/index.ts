export { haproxy, type Proxy } from './haproxy.ts';
export { currentWeights, type Move, type Moved, moveTraffic, probeMove, putBackWeights } from './move.ts';
export { ProxyProblem } from './problem.ts';
export type { ProxyServer, Weights } from './server.ts';
