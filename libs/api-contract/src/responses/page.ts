import { z } from 'zod';
import { open } from './open.ts';

/** The JSON in the `data` of each event of a page's stream; the event's id names what the page shows then. */
export const pageChange = open({
  title: z.string().optional(),
  parts: z.array(
    open({
      id: z.string().describe('of the element that it stands for'),
      html: z.string().describe('the whole element'),
      within: z.string().optional().describe('the element that it comes into; absent: it replaces the one of its id'),
      behind: z.string().optional().describe('the element before it; absent: it comes first'),
    }),
  ),
  gone: z.array(z.string()).optional().describe('ids of elements that are no more'),
  ended: z.literal(true).optional().describe('nothing more will change'),
});
