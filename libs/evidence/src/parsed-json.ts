import { readJson } from '@backstay/document';

/** The parsed text; undefined where it is not JSON, which no JSON text parses to. */
export function parsedJson(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
