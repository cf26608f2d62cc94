import { describe, expect, it } from 'vitest';
import { dockerArguments } from './container.ts';

describe('a server in a container', () => {
  const args = dockerArguments({
    image: 'postgres:15',
    directory: '/data/postgres',
    ports: [40123, 5432],
    data: ['/data/postgres/container-data', '/var/lib/postgresql/data'],
    environment: { POSTGRES_PASSWORD: 'a secret' },
    args: ['postgres', '-c', 'fsync=off'],
  });

  it('is published on the loopback address alone', () => {
    expect(args).toContain('127.0.0.1:40123:5432');
  });

  it('keeps its data outside, and is itself removed', () => {
    expect(args).toEqual(
      expect.arrayContaining(['--rm', '--volume', '/data/postgres/container-data:/var/lib/postgresql/data']),
    );
  });

  it('shows no secret among its arguments', () => {
    expect(args).toEqual(expect.arrayContaining(['--env', 'POSTGRES_PASSWORD']));
    expect(args.join(' ')).not.toContain('a secret');
  });

  it('ends with the image and the arguments of its server', () => {
    expect(args.slice(-4)).toEqual(['postgres:15', 'postgres', '-c', 'fsync=off']);
  });
});
