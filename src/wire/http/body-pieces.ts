/** Bodies in pieces, so that what comes from several places need not be copied together. */

/** Of all of them. */
export function bytesOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** The same bytes in pieces of just so many, but for the last. Copies where one is made of several. */
export function* piecesOf(pieces: readonly Buffer[], bytes: number): Generator<Buffer> {
  let begun: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    let at = begun.length === 0 ? 0 : Math.min(bytes - begun.length, piece.length);
    if (at > 0) begun = Buffer.concat([begun, piece.subarray(0, at)]);
    if (begun.length === bytes) {
      yield begun;
      begun = Buffer.alloc(0);
    }
    for (; piece.length - at >= bytes; at += bytes) yield piece.subarray(at, at + bytes);
    if (at < piece.length) begun = piece.subarray(at);
  }
  if (begun.length > 0) yield begun;
}

/** The same bytes, neighbours that are short copied together as long as they have no more than `most`. */
export function* joinedPieces(pieces: readonly Buffer[], most: number): Generator<Buffer> {
  let short: Buffer[] = [];
  for (const piece of pieces) {
    if (short.length > 0 && bytesOf(short) + piece.length > most) {
      yield joined(short);
      short = [];
    }
    short.push(piece);
  }
  if (bytesOf(short) > 0) yield joined(short);
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}
