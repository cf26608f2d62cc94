import { budgets } from '@backstay/document';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { beyondXmlBudget } from './xml-budget.ts';

/** An element: its children by name, its attributes by `@name`, its text as `#text`. */
export type XmlNode = Record<string, unknown>;

/** `reason` completes a sentence: “the report …”. */
export type ReadXml = { readonly ok: true; readonly root: XmlNode } | { readonly ok: false; readonly reason: string };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  maxNestedTags: budgets.xml.depth,
});

/** Looks behind what may stand before it, one piece after another, so that no text takes more than one pass. */
function declaresType(text: string): boolean {
  const before = /\s*(?:<\?[^]*?\?>|<!--[^]*?-->)/y;
  let end = 0;
  while (before.test(text)) end = before.lastIndex;
  const declaration = /\s*<!DOCTYPE/iy;
  declaration.lastIndex = end;
  return declaration.test(text);
}

/** Reads XML from outside. */
export function readXml(text: string): ReadXml {
  // Neither entities nor their declarations are needed, and both have been used to exhaust readers.
  if (declaresType(text)) return { ok: false, reason: 'declares a document type, which is not read' };
  const excess = beyondXmlBudget(text);
  if (excess !== undefined) return { ok: false, reason: `cannot be parsed as XML: ${excess}` };
  try {
    const validity = XMLValidator.validate(text);
    if (validity !== true) return { ok: false, reason: `is not whole XML: line ${validity.err.line ?? 1}` };
    return { ok: true, root: parser.parse(text) as XmlNode };
  } catch {
    return { ok: false, reason: 'cannot be parsed as XML' };
  }
}
