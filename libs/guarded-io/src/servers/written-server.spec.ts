import { describe, expect, it } from 'vitest';
import { writtenServers } from './written-server.ts';

const shown = (url: string) => writtenServers(url).map(({ host, port }) => `${host}:${port}`);

describe('where a written URL leads', () => {
  it.each([
    ['postgres://db.example.com/orders', ['db.example.com:5432']],
    ['postgresql://app:p%40ss@10.0.0.7:6000/orders?sslmode=require', ['10.0.0.7:6000']],
    ['POSTGRES://app@[::1]/orders', ['::1:5432']],
    ['postgres://%31%32%37.0.0.1/orders', ['127.0.0.1:5432']],
    ['postgres:///orders?host=10.0.0.8&port=7000', ['10.0.0.8:7000']],
    ['postgres://allowed/orders?host=10.0.0.8', ['10.0.0.8:5432']],
    ['postgres://allowed/orders?host=one&host=two', ['one:5432', 'two:5432']],
    ['postgres://allowed/orders?hostaddr=10.0.0.9', ['allowed:5432', '10.0.0.9:5432']],
    ['redis://:secret@cache', ['cache:6379']],
    ['rediss://cache:6400/2', ['cache:6400']],
  ])('%s', (url, places) => {
    expect(shown(url)).toEqual(places);
  });

  it.each([
    'postgres://a@allowed@elsewhere/orders',
    'postgres://allowed#@elsewhere/orders',
    'postgres://allowed?x=@elsewhere/orders',
    'postgres://allowed\\@elsewhere/orders',
    'postgres://allowed:5432,elsewhere:5432/orders',
    'postgres://allowed,elsewhere/orders',
    'postgres://allowed/orders?host=allowed,elsewhere',
    'postgres://allowed/orders?host=',
    'postgres://allowed/orders?port=',
    'postgres://allowed/orders?port=99999',
    'postgres://allowed/orders?service=other',
    'postgres://allowed/orders?dbname=postgres%3A%2F%2Felsewhere',
    'postgres:///orders',
    'postgres://%2Fvar%2Frun/orders',
    'postgres://allowed/orders?host=/var/run',
    'postgres://%zz/orders',
    'redis://allowed?path=/run/redis.sock',
    'redis:///run/redis.sock',
    '/run/redis.sock',
    'socket:/run/postgresql',
    '6379',
  ])('is not plain to see in %s', (url) => {
    expect(() => writtenServers(url)).toThrow('that is written in a document');
  });

  it('is refused without revealing the URL', () => {
    expect(() => writtenServers('postgres://app:hunter22@one@two/orders')).toThrow(/^(?!.*hunter22)/);
  });
});
