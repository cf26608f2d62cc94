// eslint-disable-next-line no-control-regex
const orders = /\u001b(?!\[[0-9;]*m)|[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Text from elsewhere must not move the cursor, rename the window or hide lines: only colours and line feeds pass. */
export const harmless = (text: string): string => text.replaceAll('\t', '  ').replace(orders, '');
