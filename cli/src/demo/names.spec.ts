import { describe, expect, it } from 'vitest';
import { demoDocument } from '../../../deploy/demo/documents.mjs';
import { demoProfile } from '../../../deploy/demo/profile.mjs';
import { renameInDocument, renameInProfile, serviceName } from './names.ts';

const release = { version: '1.1.0', previousVersion: '1.0.0', repository: 'file:///home/notes-api/repository' };

describe('the name of the service of one run', () => {
  it('has a number from the second run on', () => {
    expect([serviceName('notes-api', 1), serviceName('notes-api', 2)]).toEqual(['notes-api', 'notes-api-2']);
  });

  it('stands in title and scope of the document, and nothing else changes', () => {
    const document = demoDocument(release);
    const renamed = renameInDocument(document, 'notes-api', 'notes-api-2');
    const changed = renamed.split('\n').filter((line, index) => line !== document.split('\n')[index]);
    expect(changed).toEqual(['# Deployment: notes-api-2 1.1.0', '- Name: notes-api-2']);
  });

  it('stands in the profile, and nothing else changes', () => {
    const profile = demoProfile({ root: '/notes-api', port: 1, externalServices: 'http://127.0.0.1:2' });
    const renamed = renameInProfile(profile, 'notes-api', 'notes-api-2');
    const changed = renamed.split('\n').filter((line, index) => line !== profile.split('\n')[index]);
    expect(changed).toEqual(['      notes-api-2:']);
  });
});
