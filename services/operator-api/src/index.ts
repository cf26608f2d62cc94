export { describeApi } from './openapi/describe.ts';
export { createApp, operatorApi, projections } from './operator-api.ts';
export { startOperatorApi, startOperatorApiOn } from './start.ts';
