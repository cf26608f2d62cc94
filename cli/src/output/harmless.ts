// eslint-disable-next-line no-control-regex
const orders = /\u001b(?!\[[0-9;]*m)|[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

// eslint-disable-next-line no-control-regex
const invisible = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One line of text from elsewhere, in which not even colours pass: beside it stand words whose colour must be true. */
export const withoutOrders = (text: string): string => text.replaceAll('\t', '  ').replace(invisible, '\ufffd');

// eslint-disable-next-line no-control-regex
const painting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** What the platform sends, before colours of one's own are put on it: beside them no other may stand. */
export const uncoloured = (text: string): string => text.replace(/\r\n?/g, '\n').replace(painting, '\ufffd');

/** A text of several lines as one thing that is printed: no line of it can pass for one of its own. */
export const together = (text: string): string => text.replaceAll('\n', '\n  │ ');

/** Text from elsewhere must not move the cursor, rename the window or hide lines: only colours and line feeds pass. */
export const harmless = (text: string): string => text.replaceAll('\t', '  ').replace(orders, '');
