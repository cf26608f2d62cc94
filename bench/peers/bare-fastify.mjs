/** The two queries that people ask most, served by Fastify alone: the same statements on the same read model, the same bytes. */
import { publicSummary } from '@backstay/projections';
import Fastify from 'fastify';
import { answers } from '../support/instrument.mjs';
import { openStore } from '../support/product.mjs';

const { views } = await openStore(process.env.BENCH_POSTGRES_URL, { connections: 6 });
const summaries = 'deployment-summary';

const app = Fastify();
app.get('/v1/deployments/:id', async ({ params }) => publicSummary((await views.get(summaries, params.id)).body));
app.get('/v1/deployments', async () => {
  const { rows, next } = await views.list(summaries, { sort: 'requestedAt', limit: 50 });
  return { items: rows.map(({ body }) => publicSummary(body)), next };
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });

answers.url = () => url;
