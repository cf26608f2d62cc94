/** PostgreSQL's client programs are missing, or older than the server, which they then cannot dump. */
export class DatabaseToolMissing extends Error {
  override readonly name = 'DatabaseToolMissing';

  constructor(why: string, version: string) {
    super(
      `${why}: install the package \`postgresql-client-${version}\` (Debian, Ubuntu) or \`postgresql@${version}\` (Homebrew)`,
    );
  }
}

/** The server does not respond, or refuses who asks. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/** There is no usable backup. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed';
}

/** Nothing was restored: the database is as it was before. */
export class RestoreFailed extends Error {
  override readonly name = 'RestoreFailed';
}
