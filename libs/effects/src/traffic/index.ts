export { haproxy, type Proxy } from './haproxy.ts';
export { currentWeights, moveTraffic, probeMove, putBackWeights, type Move, type Moved } from './move.ts';
export { ProxyProblem } from './problem.ts';
export type { ProxyServer, Weights } from './server.ts';
