/** DNS messages in a stream of bytes: each behind its length (RFC 1035, 4.2.2). */

export class DnsFrames {
  #read: Buffer = Buffer.alloc(0);

  /** The messages that are whole with this piece. */
  push(piece: Buffer): Buffer[] {
    this.#read = Buffer.concat([this.#read, piece]);
    const whole: Buffer[] = [];
    for (;;) {
      const end = this.#read.length < 2 ? Number.POSITIVE_INFINITY : 2 + this.#read.readUInt16BE(0);
      if (this.#read.length < end) return whole;
      whole.push(this.#read.subarray(2, end));
      this.#read = this.#read.subarray(end);
    }
  }
}

export function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(2 + message.length);
  bytes.writeUInt16BE(message.length);
  bytes.set(message, 2);
  return bytes;
}
