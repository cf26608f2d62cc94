/** The two queries that people ask most, served by Fastify alone: the same statements on the same read model, the same bytes. */
import { publicSummary } from '@backstay/projections';
import Fastify from 'fastify';
import { replies } from '../support/instrument.mjs';
import { openStore } from '../support/product.mjs';

const { views } = await openStore(process.env.BENCH_POSTGRES_URL, { connections: 6 });
const summaries = 'deployment-summary';

const textOf = ({ text, body }) => text ?? JSON.stringify(publicSummary(body));

const app = Fastify();
app.get('/v1/deployments/:id', async ({ params }, reply) => {
  reply.type('application/json');
  return textOf(await views.reply(summaries, params.id, 'statusVersion'));
});
app.get('/v1/deployments', async (_, reply) => {
  const { rows, next } = await views.replies(summaries, { sort: 'requestedAt', limit: 50 });
  reply.type('application/json');
  return `{"deployments":[${rows.map(textOf).join(',')}],"next":${JSON.stringify(next)}}`;
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });

replies.url = () => url;
