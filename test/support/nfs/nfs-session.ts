/** A client of an NFSv4.1 server with one session of one slot: compounds, one after the other. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { NfsError } from './nfs-error.ts';
import { type Operation, op } from './nfs4-operations.ts';
import { type Credentials, RpcConnection } from './rpc-connection.ts';
import { type XdrReader, XdrWriter } from './xdr.ts';

type Answers<T extends readonly Operation<unknown>[]> = {
  readonly [K in keyof T]: T[K] extends Operation<infer R> ? R : never;
};

const COMPOUND = 1;
const MINOR_VERSION = 1;
const SESSION_BYTES = 16;
const MOST_BYTES = 2 ** 21;
const USE_NON_PNFS = 0x10000;
const CALLBACK_PROGRAM = 0x40000000;
const OTHER_OPERATION = 10_044;

export class NfsSession {
  readonly #credentials: Credentials;
  readonly #name = randomUUID();
  readonly #verifier = randomBytes(8);
  #connection: RpcConnection | undefined;
  #session: Buffer = Buffer.alloc(SESSION_BYTES);
  #sequence = 0;
  #turn: Promise<unknown> = Promise.resolve();
  clientId = 0n;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Begins a session on a connection; again after the server has restarted: then what was open is to be reclaimed. */
  async begin(stream: Duplex): Promise<void> {
    this.#connection?.close();
    this.#connection = new RpcConnection(stream);
    const [{ clientId, sequence }] = await this.#send([exchangeId(this.#name, this.#verifier)]);
    this.clientId = clientId;
    [this.#session] = await this.#send([createSession(clientId, sequence)]);
    this.#sequence = 0;
  }

  /** Says that nothing (more) is to be reclaimed. */
  async reclaimComplete(): Promise<void> {
    await this.compound([op('RECLAIM_COMPLETE', 58, new XdrWriter().bool(false), () => undefined)]);
  }

  /** What each operation answers; NfsError of the first that fails. As another user with `credentials`. */
  compound<const T extends readonly Operation<unknown>[]>(
    operations: T,
    credentials?: Credentials,
  ): Promise<Answers<T>> {
    const result = this.#turn.then(async () => {
      this.#sequence += 1;
      const [, ...answers] = await this.#send(
        [sequence(this.#session, this.#sequence), ...operations],
        credentials,
      );
      return answers as unknown as Answers<T>;
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Without a word to the server: what is open stays so until the lease ends. */
  drop(): void {
    this.#connection?.close();
  }

  /** The server forgets the client; the connection stays. */
  async leave(): Promise<void> {
    await this.#turn;
    await this.#send([op('DESTROY_SESSION', 44, new XdrWriter().fixed(this.#session), () => undefined)]);
    await this.#send([op('DESTROY_CLIENTID', 57, new XdrWriter().uint64(this.clientId), () => undefined)]);
  }

  async #send<const T extends readonly Operation<unknown>[]>(
    operations: T,
    credentials = this.#credentials,
  ): Promise<Answers<T>> {
    const writer = new XdrWriter().opaque('').uint32(MINOR_VERSION, operations.length);
    for (const { code, body } of operations) writer.uint32(code).fixed(body);
    if (this.#connection === undefined) throw new Error('no session has begun');
    return read(operations, await this.#connection.call(COMPOUND, writer.bytes, credentials));
  }
}

function read<T extends readonly Operation<unknown>[]>(operations: T, reader: XdrReader): Answers<T> {
  const whole = reader.uint32();
  reader.opaque();
  const count = reader.uint32();
  const answers: unknown[] = [];
  for (const operation of operations.slice(0, count)) {
    const code = reader.uint32();
    const status = reader.uint32();
    if (status !== 0) throw new NfsError(operation.name, status);
    if (code !== operation.code) throw new NfsError(operation.name, OTHER_OPERATION);
    answers.push(operation.read(reader));
  }
  if (whole !== 0) throw new NfsError('COMPOUND', whole);
  return answers as unknown as Answers<T>;
}

function exchangeId(name: string, verifier: Buffer): Operation<{ clientId: bigint; sequence: number }> {
  const writer = new XdrWriter().fixed(verifier).opaque(name).uint32(USE_NON_PNFS, 0, 0);
  return op('EXCHANGE_ID', 42, writer, (reader) => ({
    clientId: reader.uint64(),
    sequence: reader.uint32(),
  }));
}

function createSession(clientId: bigint, sequenceId: number): Operation<Buffer> {
  const channel = [0, MOST_BYTES, MOST_BYTES, 4096, 16, 1, 0];
  const writer = new XdrWriter()
    .uint64(clientId)
    .uint32(sequenceId, 0, ...channel, ...channel, CALLBACK_PROGRAM, 1, 0);
  return op('CREATE_SESSION', 43, writer, (reader) => Buffer.from(reader.fixed(SESSION_BYTES)));
}

function sequence(session: Buffer, number: number): Operation<void> {
  const writer = new XdrWriter().fixed(session).uint32(number, 0, 0, 0);
  return op('SEQUENCE', 53, writer, (reader) => {
    reader.fixed(SESSION_BYTES);
    for (let rest = 5; rest > 0; rest -= 1) reader.uint32();
  });
}
