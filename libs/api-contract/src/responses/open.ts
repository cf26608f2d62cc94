import { z } from 'zod';

/** An object of a response. More fields may be added to it, which readers pass over. */
export const open = <Fields extends z.core.$ZodLooseShape>(fields: Fields): z.ZodObject<Fields, z.core.$strip> =>
  z.looseObject(fields);

export const time = z.iso.datetime();
export const eventId = z.string();
export const planDigest = z.string().describe('sha256:…');
export const next = z.string().nullable().describe('the cursor of the next page; null on the last one');
