/** Bytes of netlink: messages with their attributes, and back. Integers are in the machine's order (little endian). */

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

const HEADER_BYTES = 16;
export const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

function align(length: number): number {
  return (length + 3) & ~3;
}

/** A list of attributes under construction. */
export class Attributes {
  readonly #parts: Buffer[] = [];

  bytes(type: number, value: Uint8Array): this {
    const part = Buffer.alloc(align(4 + value.length));
    part.writeUInt16LE(4 + value.length, 0);
    part.writeUInt16LE(type, 2);
    part.set(value, 4);
    this.#parts.push(part);
    return this;
  }

  u32(type: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return this.bytes(type, bytes);
  }

  /** Text with its terminating zero byte. */
  text(type: number, value: string): this {
    return this.bytes(type, Buffer.from(`${value}\0`, 'utf8'));
  }

  /** Attributes inside an attribute; `header` stands before them. */
  nested(type: number, inner: Attributes, header: Uint8Array = Buffer.alloc(0)): this {
    return this.bytes(type | NLA_F_NESTED, Buffer.concat([header, inner.toBuffer()]));
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** What a caller asks for; `what` is for error messages. */
export interface NetlinkRequest {
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  /** The family's fixed header (ifinfomsg, rtmsg …). */
  readonly header: Buffer;
  readonly attributes?: Attributes;
}

export interface NetlinkReply {
  readonly type: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

/** One message as bytes. */
export function encodeMessage(request: NetlinkRequest, sequence: number): Buffer {
  const attributes = request.attributes?.toBuffer() ?? Buffer.alloc(0);
  const length = HEADER_BYTES + align(request.header.length) + attributes.length;
  const message = Buffer.alloc(align(length));
  message.writeUInt32LE(length, 0);
  message.writeUInt16LE(request.type, 4);
  message.writeUInt16LE(request.flags | NLM_F_REQUEST, 6);
  message.writeUInt32LE(sequence, 8);
  message.set(request.header, HEADER_BYTES);
  message.set(attributes, HEADER_BYTES + align(request.header.length));
  return message;
}

/** The messages in one datagram from the kernel. */
export function decodeMessages(datagram: Buffer): NetlinkReply[] {
  const replies: NetlinkReply[] = [];
  for (let offset = 0; offset + HEADER_BYTES <= datagram.length; ) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER_BYTES || offset + length > datagram.length) break;
    replies.push({
      type: datagram.readUInt16LE(offset + 4),
      sequence: datagram.readUInt32LE(offset + 8),
      payload: datagram.subarray(offset + HEADER_BYTES, offset + length),
    });
    offset += align(length);
  }
  return replies;
}

/** Attributes by type; of a type that is repeated the last one counts. */
export function decodeAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let offset = 0; offset + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(offset);
    if (length < 4 || offset + length > bytes.length) break;
    attributes.set(
      bytes.readUInt16LE(offset + 2) & NLA_TYPE_MASK,
      bytes.subarray(offset + 4, offset + length),
    );
    offset += align(length);
  }
  return attributes;
}

/** Text up to its zero byte. */
export function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
