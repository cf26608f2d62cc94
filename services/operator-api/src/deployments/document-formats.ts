import { documentMarkdown, type DocumentView } from '@backstay/projections';
import { accepted } from '../http/accepted.ts';
import { Answer, mediaTypes } from '../http/answer.ts';

const json = 'application/json';
const markdown = 'text/markdown';

/** The judged document in the form that `Accept` wants most. @throws {NotAcceptable} */
export function documentAs(accept: string | undefined, view: DocumentView): Answer {
  const told = { vary: 'Accept' };
  if (accepted(accept, [json, markdown]) === json) return new Answer(view, told);
  return new Answer(documentMarkdown(view), { 'content-type': mediaTypes.markdown, ...told });
}
