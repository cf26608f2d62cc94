import { intakeSubject } from '../bus/subjects.ts';

/** Whether a name can be the last token of a publisher's subject. */
export const isPublisherName = (name: string): boolean => /^[\w-]{1,64}$/.test(name);

/** Where a publisher asks for deployments; without a name on the subject of everybody. @throws {TypeError} for no name */
export function subjectOfPublisher(publisher?: string): string {
  if (publisher === undefined) return intakeSubject;
  if (!isPublisherName(publisher))
    throw new TypeError(`${JSON.stringify(publisher)} is no publisher's name; use up to 64 letters, digits, - and _`);
  return `${intakeSubject}.${publisher}`;
}

/** The publisher whose subject it is; undefined for the subject of everybody, null for a name that nobody can have. */
export function publisherOf(subject: string): string | undefined | null {
  if (subject === intakeSubject) return undefined;
  const name = subject.slice(intakeSubject.length + 1);
  return isPublisherName(name) ? name : null;
}
