import { NameTwice, readJson } from '@backstay/document';
import { unreadable } from './evidence-result.ts';

/** The parsed text; undefined where it is not JSON, which no JSON text parses to. Throws where one object has a name twice. */
export function parsedJson(text: string, what: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof NameTwice) throw unreadable(`${what} ${error.message}`);
    return undefined;
  }
}
