/** ONC RPC (RFC 5531) to an NFSv4 server over a stream, with the user that each call names (AUTH_SYS). */
import type { Duplex } from 'node:stream';
import { XdrReader, XdrWriter } from './xdr.ts';

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Secondary groups, at most 16. */
  readonly gids?: readonly number[];
}

interface Waiting {
  readonly resolve: (reader: XdrReader) => void;
  readonly reject: (error: Error) => void;
}

const NFS_PROGRAM = 100_003;
const NFS_VERSION = 4;
const RPC_VERSION = 2;
const CALL = 0;
const AUTH_SYS = 1;
const LAST_FRAGMENT = 0x80000000;

export class RpcConnection {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  #received: Buffer = Buffer.alloc(0);
  #xid = 1;
  #failure: Error | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (piece: Buffer) => this.#take(piece));
    stream.on('error', (error) => this.#fail(error));
    stream.once('close', () => this.#fail(lost()));
    stream.once('end', () => this.#fail(lost()));
  }

  /** The results of a procedure; rejects with code `ECONNRESET` when the connection ends before. */
  call(procedure: number, body: Buffer, credentials: Credentials): Promise<XdrReader> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const xid = (this.#xid += 1);
    const header = new XdrWriter()
      .uint32(xid, CALL, RPC_VERSION, NFS_PROGRAM, NFS_VERSION, procedure, AUTH_SYS)
      .opaque(authSys(credentials))
      .uint32(0, 0);
    const message = Buffer.concat([header.bytes, body]);
    const mark = new XdrWriter().uint32(LAST_FRAGMENT + message.length);
    const answer = new Promise<XdrReader>((resolve, reject) => this.#waiting.set(xid, { resolve, reject }));
    this.#stream.write(Buffer.concat([mark.bytes, message]));
    return answer;
  }

  close(): void {
    this.#stream.destroy();
  }

  #take(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    for (;;) {
      if (this.#received.length < 4) return;
      const mark = this.#received.readUInt32BE(0);
      if (mark < LAST_FRAGMENT) return this.#fail(new Error('an answer in several fragments'));
      const end = 4 + mark - LAST_FRAGMENT;
      if (this.#received.length < end) return;
      this.#answer(new XdrReader(this.#received.subarray(4, end)));
      this.#received = this.#received.subarray(end);
    }
  }

  #answer(reader: XdrReader): void {
    const xid = reader.uint32();
    const waiting = this.#waiting.get(xid);
    this.#waiting.delete(xid);
    reader.uint32();
    const isDenied = reader.uint32() !== 0;
    if (isDenied) return waiting?.reject(new Error('the call was denied'));
    reader.uint32();
    reader.opaque();
    const status = reader.uint32();
    if (status === 0) waiting?.resolve(reader);
    else waiting?.reject(new Error(`the call was not accepted: ${status}`));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#stream.destroy();
  }
}

function authSys({ uid, gid, gids = [] }: Credentials): Buffer {
  return new XdrWriter()
    .uint32(0)
    .opaque('test')
    .uint32(uid, gid, gids.length, ...gids).bytes;
}

function lost(): Error {
  return Object.assign(new Error('the connection has ended'), { code: 'ECONNRESET' });
}
