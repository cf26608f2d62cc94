import { HttpStatus } from '@nestjs/common';

/** How a route answers when all goes well. */
export const successes = { ok: HttpStatus.OK, accepted: HttpStatus.ACCEPTED } as const;
export type Success = keyof typeof successes;
