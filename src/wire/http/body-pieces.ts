/** Bodies in pieces, so that what comes from several places need not be copied together. */

/** Of all of them. */
export function bytesOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
