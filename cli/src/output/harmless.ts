// eslint-disable-next-line no-control-regex
const orders = /\u001b(?!\[[0-9;]*m)|[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

// eslint-disable-next-line no-control-regex
const invisible = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One line of text from elsewhere, in which not even colours pass: beside it stand words whose colour must be true. */
export const withoutOrders = (text: string): string => text.replaceAll('\t', '  ').replace(invisible, '\ufffd');

/** Text from elsewhere must not move the cursor, rename the window or hide lines: only colours and line feeds pass. */
export const harmless = (text: string): string => text.replaceAll('\t', '  ').replace(orders, '');
