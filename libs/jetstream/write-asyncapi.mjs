#!/usr/bin/env node
// Writes the lists of event types in docs/asyncapi.yaml from the catalogue; all else of that page is written manually.
import { readFileSync, writeFileSync } from 'node:fs';
import { eventTypes, isPublishedType } from '@backstay/deployment';
import { parseDocument } from 'yaml';
import { cloudEventType, kebab } from './dist/bus/subjects.js';

const page = new URL('../../docs/asyncapi.yaml', import.meta.url);
const published = eventTypes.filter(isPublishedType);
const lists = [
  [['channels', 'events', 'parameters', 'type', 'enum'], published.map(kebab)],
  [['components', 'schemas', 'EventType', 'enum'], published.map(cloudEventType)],
];

/** The text with this list as its items; the lines around it stay as they are. */
function withList(text, path, items) {
  const [start, end] = parseDocument(text).getIn(path, true).range;
  const indent = text.slice(text.lastIndexOf('\n', start) + 1, start);
  return (
    text.slice(0, start) + items.map((item) => `- ${item}`).join(`\n${indent}`) + text.slice(end).replace(/^\n*/, '\n')
  );
}

const text = lists.reduce((written, [path, items]) => withList(written, path, items), readFileSync(page, 'utf8'));
writeFileSync(page, text);
