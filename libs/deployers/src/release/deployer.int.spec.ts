import { deployerContract } from '../testing/deployer-contract.ts';
import { release } from './deployer.ts';
import { location, nobody } from './release.test-support.ts';

deployerContract('release', release, async () => {
  const { root, url, source, start, environment, served, self, remove } = await location();
  const [program = '', ...args] = start;
  return {
    delivery: {
      deployer: 'release',
      hosts: ['local'],
      root,
      start: { text: start.join(' '), argv: [program, ...args] },
      ready: { method: 'GET', path: '/health' },
      keepReleases: 3,
    },
    source,
    start,
    environment: environment(),
    ready: { url: `${url}/health`, allow: ['127.0.0.1:*'] },
    served,
    otherUser: nobody,
    servedAs: async () => (await self()).uid,
    remove,
  };
});
