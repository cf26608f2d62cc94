import { BudgetExceeded, NotUtf8, UnknownNames } from '@backstay/document';
import { InvalidJsonPath } from './json-path.ts';
import { NotAsked } from './live-versions.ts';
import type { Explain } from './ports.ts';
import { NoBaseUrl, RefusedHeader } from './request.ts';

const own = [UnknownNames, BudgetExceeded, NotUtf8, NoBaseUrl, RefusedHeader, InvalidJsonPath, NotAsked];

const databaseTexts: Record<string, string> = {
  '28P01': 'authentication failed',
  '28000': 'authentication failed',
  '3D000': 'the database does not exist',
  '53300': 'too many connections',
  '57P03': 'the server is starting up',
  ERR_INVALID_URL: 'the connection string is not a URL',
};

/** Why a check could not be made. Only messages of our own are shown: those of drivers may hold connection strings. */
export function reasonOf(error: unknown, explain: Explain): string {
  if (own.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code } = (error ?? {}) as { code?: unknown };
  return databaseTexts[String(code)] ?? explain(error);
}
