import { metricSourceContract } from '../testing/metric-source-contract.ts';

metricSourceContract('a scrape', {
  asks: { queries: false, alerts: false },
  open: async (service) => ({
    source: { kind: 'scrape', url: service.url },
    observe: () => undefined,
    stop: () => service.stop(),
  }),
});
