/**
 * Who a client says it is, in every call that it sends to an NFS server (RFC 5531, RFC 4506): replaced by another user
 * with its groups. The server knows of no user but that one.
 *
 *   record of RPC = fragments, each:  last? · length (31 bits) │ bytes
 *   a call begins:                    xid · 0 · versions, program, procedure (16 bytes) · flavor · length │ credentials …
 */
import type { PosixUser } from '../../domain/efs/records.ts';
import { AppError } from '../../domain/errors.ts';

const MARK_BYTES = 4;
const LAST_FRAGMENT = 0x80000000;
const TYPE_OFFSET = 4;
const CALL = 0;
const REPLY = 1;
/** What any message has: a transaction and a type. */
const SHORTEST_MESSAGE = 8;
const CREDENTIALS_OFFSET = 24;
const LENGTH_OFFSET = 28;
const HEADER_BYTES = 32;
const LONGEST_CREDENTIALS = 400;
const AUTH_SYS = 1;

export class CallIdentity {
  readonly #credentials: Buffer;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of the fragment that are yet to come and go on as they are. */
  #passing = 0;
  #isInsideRecord = false;

  constructor(user: PosixUser) {
    this.#credentials = authSys(user);
  }

  /** What goes on to the server of what has come so far. Throws `invalid` for what is no RPC: nothing more may follow. */
  take(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length > 0) {
      const piece = this.#passing > 0 ? this.#pass() : this.#begin();
      if (piece === undefined) break;
      pieces.push(piece);
    }
    return pieces;
  }

  #pass(): Buffer {
    const piece = this.#pending.subarray(0, this.#passing);
    this.#passing -= piece.length;
    this.#pending = this.#pending.subarray(piece.length);
    return piece;
  }

  /** The beginning of a fragment, as soon as it is there. */
  #begin(): Buffer | undefined {
    if (this.#pending.length < MARK_BYTES) return undefined;
    const mark = this.#pending.readUInt32BE(0);
    const isLast = mark >= LAST_FRAGMENT;
    const length = isLast ? mark - LAST_FRAGMENT : mark;
    const begun = this.#isInsideRecord
      ? { taken: 0, sent: Buffer.alloc(0) }
      : this.#beginMessage(this.#pending.subarray(MARK_BYTES, MARK_BYTES + length), length);
    if (begun === undefined) return undefined;
    const { taken, sent } = begun;
    this.#isInsideRecord = !isLast;
    this.#passing = length - taken;
    this.#pending = this.#pending.subarray(MARK_BYTES + taken);
    const newMark = Buffer.alloc(MARK_BYTES);
    newMark.writeUInt32BE(length - taken + sent.length + (isLast ? LAST_FRAGMENT : 0));
    return Buffer.concat([newMark, sent]);
  }

  /** `available`: of the message's first fragment, of `length` bytes, what has come. */
  #beginMessage(available: Buffer, length: number): { taken: number; sent: Buffer } | undefined {
    if (length < SHORTEST_MESSAGE) throw malformed();
    if (available.length < SHORTEST_MESSAGE) return undefined;
    const type = available.readUInt32BE(TYPE_OFFSET);
    // To a call of the server's.
    if (type === REPLY) return { taken: 0, sent: Buffer.alloc(0) };
    if (type !== CALL || length < HEADER_BYTES) throw malformed();
    if (available.length < HEADER_BYTES) return undefined;
    const bytes = available.readUInt32BE(LENGTH_OFFSET);
    const taken = HEADER_BYTES + Math.ceil(bytes / 4) * 4;
    if (bytes > LONGEST_CREDENTIALS || taken > length) throw malformed();
    if (available.length < taken) return undefined;
    return { taken, sent: Buffer.concat([available.subarray(0, CREDENTIALS_OFFSET), this.#credentials]) };
  }
}

/** Flavor, length, and: a stamp, a machine's name, user, group, other groups. */
function authSys({ uid, gid, secondaryGids }: PosixUser): Buffer {
  const body = [0, 0, uid, gid, secondaryGids.length, ...secondaryGids];
  const words = [AUTH_SYS, body.length * 4, ...body];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes;
}

function malformed(): AppError {
  return new AppError('invalid', 'the client sends something else than calls of NFS');
}
