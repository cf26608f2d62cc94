import { createHash } from 'node:crypto';
import type { Pool } from './connect.ts';

export const largestBlobBytes = 10 * 1024 * 1024;

/** More than a blob may hold: cut it and say so, before it comes here. */
export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge';

  constructor(bytes: number) {
    super(`a blob holds ${largestBlobBytes} bytes at most, not ${bytes}`);
  }
}

// What is put again is as new: whoever removes what is old finds that out, as both lock the row.
const putSql = `
  WITH blob AS (
    INSERT INTO backstay.blobs (sha256, content) VALUES ($1, $2)
    ON CONFLICT (sha256) DO UPDATE SET created_at = clock_timestamp())
  INSERT INTO backstay.blob_owners (sha256, deployment) VALUES ($1, $3) ON CONFLICT DO NOTHING`;

/** Content by its sha256: the same content is kept once. */
export class Blobs {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Returns the sha256 in lower-case hex. @param deployment whose events will name it @throws {BlobTooLarge} */
  async put(content: Uint8Array, deployment: string): Promise<string> {
    if (content.byteLength > largestBlobBytes) throw new BlobTooLarge(content.byteLength);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    await this.#pool.query(putSql, [sha256, bytes, deployment]);
    return sha256;
  }

  /** The content, or null when there is none with this sha256. */
  async get(sha256: string): Promise<Buffer | null> {
    const { rows } = await this.#pool.query<{ content: Buffer }>(
      'SELECT content FROM backstay.blobs WHERE sha256 = $1',
      [sha256],
    );
    return rows[0]?.content ?? null;
  }
}
