import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { roles } from '@backstay/api-contract';
import { NameTwice, NotUtf8, readJson, utf8Text } from '@backstay/document';
import type { Principal } from './principal.ts';

/** One entry of the token file: the token itself is never in it, only its sha256. */
export const tokenSchema = z.strictObject({
  name: z.string().min(1).max(200),
  role: z.enum(roles),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected the sha256 of the token in 64 lower-case hex digits'),
  duties: z.array(z.string().min(1)).default([]),
});
const tokensSchema = z.array(tokenSchema).min(1);
export type TokenEntry = z.infer<typeof tokenSchema>;

/** Knows callers by the sha256 of their token. */
export class Tokens {
  readonly #entries: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries.map(({ sha256, name, role, duties }) => ({
      digest: Buffer.from(sha256, 'hex'),
      principal: { name, role, duties, claimed: false },
    }));
  }

  /** Looks at every entry, so that the time taken reveals nothing. */
  principalOf(token: string): Principal | null {
    const digest = createHash('sha256').update(token).digest();
    return this.#entries.reduce<Principal | null>(
      (found, entry) => (timingSafeEqual(entry.digest, digest) ? entry.principal : found),
      null,
    );
  }

  isAssigned(duty: string): boolean {
    return this.#entries.some(({ principal }) => principal.duties.includes(duty));
  }
}

/** @throws {Error} that names the file and what is wrong in it, never a content of it. */
export async function readTokens(file: string): Promise<Tokens> {
  const read = tokensSchema.safeParse(await jsonIn(file));
  if (read.success) return new Tokens(read.data);
  const problems = read.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`the token file ${file} has problems:\n${problems.join('\n')}`);
}

async function jsonIn(file: string): Promise<unknown> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new Error(`the token file ${file} cannot be read: ${error.message}`);
  });
  try {
    return readJson(utf8Text(bytes));
  } catch (error) {
    if (error instanceof NameTwice) throw new Error(`the token file ${file} ${error.message}`, { cause: error });
    throw new Error(`the token file ${file} is ${error instanceof NotUtf8 ? error.message : 'no JSON'}`, {
      cause: error,
    });
  }
}
