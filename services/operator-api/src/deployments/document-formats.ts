import { documentMarkdown, type DocumentView } from '@backstay/projections';
import { HttpReply, mediaTypes, type ReplyTo } from '@backstay/service-kit/http';
import { accepted } from '../http/accepted.ts';

/** The judged document in the form that `Accept` prefers. @throws {NotAcceptable} */
export function documentAs(accept: string | undefined, view: DocumentView): ReplyTo<'getDocument'> {
  const type = accepted(accept, [mediaTypes.json, mediaTypes.markdown]);
  const vary = { vary: 'Accept' };
  return type === mediaTypes.json
    ? new HttpReply(view, { 'content-type': type, ...vary })
    : HttpReply.media(type, documentMarkdown(view), vary);
}
