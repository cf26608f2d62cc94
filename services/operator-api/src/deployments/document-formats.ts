import { documentMarkdown, type DocumentView } from '@backstay/projections';
import { accepted } from '../http/accepted.ts';
import type { ReplyTo } from '../http/contract-route.ts';
import { HttpReply, mediaTypes } from '../http/http-reply.ts';

/** The judged document in the form that `Accept` prefers. @throws {NotAcceptable} */
export function documentAs(accept: string | undefined, view: DocumentView): ReplyTo<'getDocument'> {
  const type = accepted(accept, [mediaTypes.json, mediaTypes.markdown]);
  const vary = { vary: 'Accept' };
  return type === mediaTypes.json
    ? new HttpReply(view, { 'content-type': type, ...vary })
    : HttpReply.media(type, documentMarkdown(view), vary);
}
