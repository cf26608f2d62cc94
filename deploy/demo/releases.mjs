/** What each release of the demo's service brought, in the words of its change log and its documentation. */

/**
 * @typedef {object} Release
 * @property {string} version
 * @property {string} date RFC 3339; the commit's and the tag's date
 * @property {string[]} changes lines of the change log
 * @property {Record<string, string>} docs a paragraph for each documentation file
 */

/** @type {readonly Release[]} oldest first */
export const releases = [
  {
    version: '1.0.0',
    date: '2025-01-07T09:00:00Z',
    changes: ['Log in, and read your notes.', 'Creates the tables `users` and `notes`.'],
    docs: {
      runbook:
        'Start with `node server.mjs`. `GET /health` responds with 200 while the database is reachable, else 503.',
      architecture:
        'One process. PostgreSQL holds the notes; Redis, where there is one, keeps the first page for two seconds.',
      api: '`POST /api/auth/login` returns a token; `GET /api/data` returns the notes to `Authorization: Bearer TOKEN`.',
      config:
        '`DATABASE_URL` and `API_KEY` are required, `REDIS_URL` and `LOG_LEVEL` are not. `config.json` holds host and port.',
    },
  },
  {
    version: '1.1.0',
    date: '2025-01-14T09:00:00Z',
    changes: ['Pinned notes come first.', 'Adds the column `notes.pinned`, which 1.0.0 does not mind.'],
    docs: {
      runbook: 'To go back to 1.0.0: `node migrate.mjs down`, then start 1.0.0. The pins are lost, the notes are not.',
      architecture: 'The cached page carries the version in its key, so that two versions never read each other.',
      api: 'Every note of `GET /api/data` has `pinned`, and pinned notes come first.',
      config: 'Nothing new to configure.',
    },
  },
  {
    version: '1.2.0',
    date: '2025-01-21T09:00:00Z',
    changes: ['Busy sessions are served from memory, nine reads in ten.', 'Adds an index for the order of the notes.'],
    docs: {
      runbook: 'To go back to 1.1.0: `node migrate.mjs down`, then start 1.1.0. Nothing is lost.',
      architecture: 'In front of the cache, the process keeps the recent reads of up to a thousand sessions.',
      api: 'Nothing new: the replies are those of 1.1.0.',
      config: '`config.json` has `busyAfterReads`: how many reads make a session busy.',
    },
  },
];

/** Reads of one session after which 1.2.0 responds from memory: some ten seconds of the demo's traffic. */
export const BUSY_AFTER_READS = 200;
