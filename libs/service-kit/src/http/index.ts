export { contractRouteFrom, type ReplyTo } from './contract-route.ts';
export {
  AmbiguousId,
  Conflict,
  Forbidden,
  InvalidDocument,
  InvalidPageCursor,
  InvalidQuery,
  InvalidRequest,
  KeyInFlight,
  KeyReused,
  MethodNotAllowed,
  NoDeployment,
  NotAcceptable,
  NotFound,
  Overloaded,
  Unauthenticated,
  type FieldError,
} from './errors.ts';
export { headerOf, type Reply, type Request } from './exchange.ts';
export { asHttpReply, HttpReply, mediaTypes, type OtherMedia } from './http-reply.ts';
export { Input, ValidParameters, type InputOf, type InputTo } from './input.ts';
export { isFault, problemOf } from './problem.ts';
export { pathOf, ProblemFilter, sendProblem } from './problem-filter.ts';
export { ReplyAdapter } from './reply-adapter.ts';
export { routeOf } from './served-routes.ts';
export { checkedHeader, fragmentOf } from './valid.ts';
