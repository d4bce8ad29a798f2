/** Where UTF-8 may be cut. */

/** The last border of a character at or before `most`; `most` itself in what is no UTF-8. */
export function characterBorder(bytes: Buffer, most: number): number {
  if (bytes.length <= most) return bytes.length;
  for (let at = most; at > most - 4; at -= 1) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return most;
}
