import { statusLabels } from './names.ts';

const httpStatus = /^[1-9]\d\d$|^[1-5]xx$/i;

/** Whether a text is an HTTP status, or a class of them as `5xx`. Words as `success` or `Internal` say nothing that is agreed upon. */
export const isStatus = (text: string): boolean => httpStatus.test(text);

export const isServerError = (status: string): boolean => status.startsWith('5');

/**
 * What a series says of the status of its requests: the first of the usual labels that has one; else what the first that is there says
 * instead; `''` where none is.
 */
export function statusOf(valueOf: (label: string) => string | undefined): string {
  const written = statusLabels.flatMap((label) => {
    const value = valueOf(label)?.trim();
    return value === undefined || value === '' ? [] : [value];
  });
  return written.find(isStatus) ?? written[0] ?? '';
}
