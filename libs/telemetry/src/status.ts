import { statusLabels } from './names.ts';

const httpStatus = /^[1-9]\d\d$|^[1-5]xx$/i;

/** Whether a text is an HTTP status, or a class of them as `5xx`. Words as `success` or `Internal` say nothing that is agreed upon. */
export const isStatus = (text: string): boolean => httpStatus.test(text);

export const isServerError = (status: string): boolean => status.startsWith('5');

/** A class says less than a status of it, and does not contradict it. */
const agree = (one: string, other: string): boolean =>
  one === other || (one[0] === other[0] && [one, other].some((each) => /xx$/i.test(each)));

/**
 * What a series says of the status of its requests: what the usual labels agree upon; else what the first of them that is there says
 * instead, or all that contradict one another, of which nothing is a status; `''` where none is.
 */
export function statusOf(valueOf: (label: string) => string | undefined): string {
  const written = statusLabels.flatMap((label) => {
    const value = valueOf(label)?.trim();
    return value === undefined || value === '' ? [] : [value];
  });
  const statuses = written.filter(isStatus);
  const [first = written[0] ?? ''] = statuses;
  return statuses.every((one) => statuses.every((other) => agree(one, other))) ? first : statuses.join(' and ');
}
