/** The third-party packages live in `vendor/`, committed, so that a tag is all that is needed to run it. */
import { createRequire } from 'node:module';

const vendored = createRequire(new URL('../vendor/', import.meta.url));

export const pg = vendored('pg');
export const { Redis } = vendored('ioredis');
export const prometheus = vendored('prom-client');
