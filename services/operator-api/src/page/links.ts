import { routes, urlOf } from '@backstay/api-contract';

/** Where the pages link to. */
export const linkTo = {
  deployment: (id: string, asOf?: number): string =>
    urlOf(routes.deploymentPage, { params: { id }, query: { asOf: asOf?.toString() } }),
  plan: (id: string): string => urlOf(routes.getPlan, { params: { id } }),
  document: (id: string): string => urlOf(routes.getDocument, { params: { id } }),
  auditTrail: (id: string): string => urlOf(routes.getAuditTrail, { params: { id } }),
  output: (id: string, step: string): string => urlOf(routes.getStepOutput, { params: { id, step } }),
};
