import { documentMarkdown, type DocumentView } from '@backstay/projections';
import { accepted } from '../http/accepted.ts';
import { HttpReply, mediaTypes } from '../http/http-reply.ts';

/** The judged document in the form that `Accept` prefers. @throws {NotAcceptable} */
export function documentAs(accept: string | undefined, view: DocumentView): HttpReply {
  const type = accepted(accept, [mediaTypes.json, mediaTypes.markdown]);
  return new HttpReply(type === mediaTypes.json ? view : documentMarkdown(view), {
    'content-type': type,
    vary: 'Accept',
  });
}
