import { metricSourceContract } from '../testing/metric-source-contract.ts';

metricSourceContract('a scrape', async (service) => ({
  source: { kind: 'scrape', url: service.url },
  observe: () => undefined,
  stop: () => service.stop(),
}));
