import type { PartName } from '../part.ts';

/** What one needs to know about a program to find it anywhere. */
export interface ProgramRecipe {
  /** Names of the program, the preferred first. */
  programs: readonly string[];
  /** Programs that must lie beside it. */
  companions: readonly string[];
  /** Where else than in the usual directories it may lie; `*` stands for any name, newest version first. */
  directories: readonly string[];
  /** The oldest version that everything works with. */
  minimum: string;
  debianPackage: string;
  formula: string;
  image: string;
  /** The server refuses to run as root and needs another user, who must be able to reach the program. */
  unprivileged: boolean;
  /** What it is asked for its version with; `--version` where nothing is said. */
  versionFlag?: string;
}

/** A program that is a part of the platform. */
export interface Recipe extends ProgramRecipe {
  part: PartName;
  title: string;
  /** Environment variable with the URL of a server that runs already. */
  variable: string;
}

export const postgresRecipe: Recipe = {
  part: 'postgres',
  title: 'PostgreSQL',
  variable: 'BACKSTAY_POSTGRES_URL',
  programs: ['postgres'],
  companions: ['initdb'],
  directories: [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/opt/homebrew/opt/postgresql*/bin',
    '/usr/local/opt/postgresql*/bin',
  ],
  minimum: '13',
  debianPackage: 'postgresql',
  formula: 'postgresql@17',
  image: 'postgres:15',
  unprivileged: true,
};

export const natsRecipe: Recipe = {
  part: 'nats',
  title: 'nats-server',
  variable: 'BACKSTAY_NATS_URL',
  programs: ['nats-server'],
  companions: [],
  directories: [],
  minimum: '2.9',
  debianPackage: 'nats-server',
  formula: 'nats-server',
  image: 'nats:2.12.6',
  unprivileged: false,
};

export const redisRecipe: Recipe = {
  part: 'redis',
  title: 'Redis',
  variable: 'BACKSTAY_REDIS_URL',
  programs: ['redis-server', 'valkey-server'],
  companions: [],
  directories: [],
  minimum: '6',
  debianPackage: 'redis-server',
  formula: 'redis',
  image: 'redis:7',
  unprivileged: false,
};

/** No part of the platform: tests move traffic on a real one. */
export const haproxyRecipe: ProgramRecipe = {
  programs: ['haproxy'],
  companions: [],
  directories: [],
  minimum: '2.4',
  debianPackage: 'haproxy',
  formula: 'haproxy',
  image: 'haproxy:2.6',
  unprivileged: false,
  versionFlag: '-v',
};

export const recipes = [postgresRecipe, natsRecipe, redisRecipe] as const;
