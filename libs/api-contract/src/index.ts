export { headerNames } from './headers.ts';
export {
  deploymentIn,
  hasVersion,
  headersOf,
  namesInPath,
  problemsOf,
  roles,
  successes,
  type Access,
  type BodyOf,
  type Contract,
  type EventOf,
  type Example,
  type HeadersOf,
  type InputOf,
  type ParamsOf,
  type QueryOf,
  type ResponseOf,
  type Role,
  type Route,
} from './route.ts';
export { routes, tags, type RouteName, type Routes } from './routes.ts';
export {
  problems,
  problemSchema,
  type FieldError,
  type Problem,
  type ProblemKind,
  type ProblemSlug,
} from './problems.ts';
export { idempotencyKey, markdown, noQuery, nounOf } from './requests.ts';
export { isOfApi, methodsOf, requestTo, urlOf, type PreparedRequest } from './url.ts';
export type * from './models.ts';
