/** A connection to an NFS server over which everybody is one user. It ends when either side sends no RPC or goes. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { PosixUser } from '../../domain/efs/records.ts';
import { CallIdentity } from './call-identity.ts';

export class ActingConnection extends Duplex {
  readonly #socket: Socket;
  readonly #identity: CallIdentity;

  constructor(socket: Socket, user: PosixUser) {
    super();
    this.#socket = socket;
    this.#identity = new CallIdentity(user);
    socket.on('data', (piece: Buffer) => {
      if (!this.push(piece)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
    socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    let pieces: Buffer[];
    try {
      pieces = this.#identity.take(chunk);
    } catch (error) {
      return done(error as Error);
    }
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', done);
    else done();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
