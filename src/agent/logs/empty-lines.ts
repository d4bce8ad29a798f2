/** Empty lines, of which there may be very many. */
const LINE_FEED = 0x0a;

/** Where the first line begins, from this line on, that is not empty. */
export function behindEmptyLines(lines: Buffer, from: number): number {
  let at = from;
  while (lines[at] === LINE_FEED) at += 1;
  return at;
}
