import { z } from 'zod';
import { next, open, time } from './open.ts';

export const parked = open({
  messages: z.array(open({ id: z.string(), subject: z.string(), reason: z.string(), receivedAt: time, size: z.int() })),
  next,
});

export const rebuilt = open({ projection: z.string(), cursor: z.string().nullable() });

export const health = open({ status: z.literal('ok'), service: z.string() });
