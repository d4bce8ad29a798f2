/**
 * Buffers for pieces of blobs, used again and again while blobs are written: a new one for each piece of a large image
 * would keep the garbage collector busier than all else that a pull does. They are let go of when nobody writes.
 */
export class PiecePool {
  readonly #pieceBytes: number;
  #free: Buffer[] = [];
  #writers = 0;

  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  /** Keeps the buffers until `work` is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#writers += 1;
    try {
      return await work();
    } finally {
      this.#writers -= 1;
      if (this.#writers === 0) this.#free = [];
    }
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#pieceBytes);
  }

  /** Nobody reads from it any more. */
  giveBack(buffer: Buffer): void {
    this.#free.push(buffer);
  }

  /** The same bytes in pieces of one size (but for the last). Where the source breaks, what came before is given first. */
  async *pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
    let buffer = this.take();
    let used = 0;
    let failure: { error: unknown } | undefined;
    try {
      for await (const chunk of source) {
        for (let at = 0; at < chunk.length; ) {
          const count = Math.min(this.#pieceBytes - used, chunk.length - at);
          buffer.set(chunk.subarray(at, at + count), used);
          used += count;
          at += count;
          if (used === this.#pieceBytes) {
            yield { buffer, data: buffer };
            buffer = this.take();
            used = 0;
          }
        }
      }
    } catch (error) {
      failure = { error };
    }
    if (used > 0) yield { buffer, data: buffer.subarray(0, used) };
    else this.giveBack(buffer);
    if (failure !== undefined) throw failure.error;
  }
}

export interface Piece {
  /** To be given back once the data has been sent. */
  readonly buffer: Buffer;
  readonly data: Buffer;
}
