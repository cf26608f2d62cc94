import { documentMarkdown, type DocumentView } from '@backstay/projections';
import { accepted } from '../http/accepted.ts';
import { Answer, mediaTypes } from '../http/answer.ts';

/** The judged document in the form that `Accept` prefers. @throws {NotAcceptable} */
export function documentAs(accept: string | undefined, view: DocumentView): Answer {
  const type = accepted(accept, [mediaTypes.json, mediaTypes.markdown]);
  return new Answer(type === mediaTypes.json ? view : documentMarkdown(view), { 'content-type': type, vary: 'Accept' });
}
