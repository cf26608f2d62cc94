const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** The number of bytes that the character beginning with this byte has. */
function widthOf(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** Decodes base64 of UTF-8 that was cut anywhere, without halves of characters at either end. */
export function readableTail(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start += 1;
  let lead = bytes.length - 1;
  while (lead > bytes.length - 4 && isContinuation(bytes[lead])) lead -= 1;
  const isComplete = lead < 0 || lead + widthOf(bytes[lead] ?? 0) <= bytes.length;
  return bytes.subarray(start, isComplete ? bytes.length : lead).toString('utf8');
}
