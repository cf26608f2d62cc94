export { describeApi } from './openapi/describe.ts';
export { startOperatorApi, startOperatorApiOn } from './operator-api.ts';
