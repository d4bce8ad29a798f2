/**
 * Blobs in containerd's content store. A write goes on where an earlier one broke whose lease is still there, or held by this
 * one since; containerd verifies the digest when it is committed.
 */
import { AppError, hasKind } from '../../../domain/errors.ts';
import type { Descriptor } from '../../../domain/oci/types.ts';
import type { ImageLease } from '../../../ports/image-store.ts';
import { assertNotAborted } from '../aborted.ts';
import type { BidiCall, ContainerdClient } from '../grpc/containerd-client.ts';
import { KeyedSerial } from '../../../domain/keyed-serial.ts';
import { PiecePool } from './piece-pool.ts';
import type { Response } from '../proto/message-types.ts';
import { WRITE_ACTION } from '../proto/messages.ts';

/** Larger pieces are no faster, and containerd takes at most 16 MiB. */
const PIECE_BYTES = 1024 * 1024;
const MAX_READ_BYTES = 16 * 1024 * 1024;
const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const REF_PREFIX = 'neargate-';
/** How long to wait for an earlier writer of this blob: before containerd lets go of it, what it wrote is brought to disk. */
const LOCK_PATIENCE_MS = 60_000;
const LOCK_PAUSE_MS = 50;

type Source = (offset: number) => AsyncIterable<Uint8Array>;
type Write = BidiCall<'contentWrite'>;
type Responses = AsyncGenerator<Response<'ContentWriteResponse'>>;

export class ContentBlobs {
  readonly #client: ContainerdClient;
  readonly #writers = new KeyedSerial();
  readonly #pool = new PiecePool(PIECE_BYTES);

  constructor(client: ContainerdClient) {
    this.#client = client;
  }

  /** Bytes of a blob; undefined when it is not there. */
  async size(digest: string): Promise<number | undefined> {
    try {
      const { info } = await this.#client.call('contentInfo', { digest: checkDigest(digest) });
      return info?.size ?? 0;
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** A small blob; `not-found`, or `invalid` when it is larger than 16 MiB. */
  async read(digest: string): Promise<Buffer> {
    const size = await this.size(digest);
    if (size === undefined) throw new AppError('not-found', `no blob ${digest}`);
    if (size > MAX_READ_BYTES) throw new AppError('invalid', `the blob ${digest} has ${size} bytes`);
    const pieces: Buffer[] = [];
    for await (const { data } of this.#client.stream('contentRead', { digest })) pieces.push(data);
    return Buffer.concat(pieces);
  }

  /** Writes a blob where it is missing; in both cases the lease holds it. */
  async write(
    descriptor: Descriptor,
    source: Source,
    lease: ImageLease,
    signal?: AbortSignal,
  ): Promise<void> {
    checkDigest(descriptor.digest);
    if (!Number.isSafeInteger(descriptor.size) || descriptor.size < 0) {
      throw new AppError('invalid', `${descriptor.digest} has no proper size`);
    }
    await this.#writers.run(descriptor.digest, async () => {
      assertNotAborted(signal);
      await this.#writeOnce(descriptor, source, lease.id, signal);
    });
  }

  async #writeOnce(
    descriptor: Descriptor,
    source: Source,
    lease: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const opened = await this.#open(descriptor, lease, signal);
    if (opened === undefined) return;
    const { write, responses } = opened;
    try {
      await this.#pool.during(() => this.#pump(descriptor, opened, source, signal));
      await write.send({
        action: WRITE_ACTION.commit,
        offset: descriptor.size,
        total: descriptor.size,
        expected: descriptor.digest,
      });
      write.end();
      for await (const response of responses) void response;
    } catch (error) {
      if (hasKind(error, 'already-exists')) return;
      await letGo(write, responses);
      const refusal = asRefusal(error);
      if (refusal !== undefined) await this.#abort(descriptor.digest);
      throw refusal ?? error;
    }
  }

  /** A writer that knows how far the blob is; undefined when the blob is there. */
  async #open(
    descriptor: Descriptor,
    lease: string,
    signal: AbortSignal | undefined,
  ): Promise<{ write: Write; responses: Responses; offset: number } | undefined> {
    for (let waitedMs = 0; ; waitedMs += LOCK_PAUSE_MS) {
      const write = this.#client.open('contentWrite', { lease, signal });
      const responses = write.responses();
      try {
        await write.send({
          action: WRITE_ACTION.stat,
          ref: ingestRef(descriptor.digest),
          total: descriptor.size,
          expected: descriptor.digest,
        });
        const first = await responses.next();
        if (first.done === true) throw new AppError('unavailable', 'containerd ended the write at once');
        return { write, responses, offset: first.value.offset };
      } catch (error) {
        write.cancel();
        if (hasKind(error, 'already-exists')) return undefined;
        if (!isLocked(error) || waitedMs >= LOCK_PATIENCE_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
      }
    }
  }

  /** Sends what is missing, in pieces. The answers are read meanwhile: an error ends the sending at once. */
  async #pump(
    descriptor: Descriptor,
    opened: { write: Write; responses: Responses; offset: number },
    source: Source,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { write, responses } = opened;
    const sent: Buffer[] = [];
    let at = opened.offset;
    // What containerd has answered, nobody reads from any more.
    const acknowledge = async (): Promise<void> => {
      await nextOffset(responses);
      this.#pool.giveBack(sent.shift() as Buffer);
    };
    for await (const { buffer, data } of this.#pool.pieces(source(at))) {
      assertNotAborted(signal);
      if (at + data.length > descriptor.size) {
        throw new AppError('invalid', `${descriptor.digest} is longer than ${descriptor.size} bytes`);
      }
      await write.send({ action: WRITE_ACTION.write, offset: at, data });
      sent.push(buffer);
      at += data.length;
      // One piece is on its way while the next is fetched.
      if (sent.length > 1) await acknowledge();
    }
    while (sent.length > 0) await acknowledge();
    if (at < descriptor.size) {
      throw new AppError('unavailable', `${descriptor.digest} ended after ${at} of ${descriptor.size} bytes`);
    }
  }

  async #abort(digest: string): Promise<void> {
    try {
      await this.#client.call('contentAbort', { ref: ingestRef(digest) });
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }
}

/** What containerd knows a blob by while it is written. */
export function ingestRef(digest: string): string {
  return REF_PREFIX + digest;
}

/** Throws `invalid` for what is no digest: it becomes part of names and paths. */
export function checkDigest(digest: string): string {
  if (DIGEST.test(digest)) return digest;
  throw new AppError('invalid', `no digest: ${JSON.stringify(digest.slice(0, 200))}`);
}

/** What no further try can mend: wrong bytes. (containerd calls a wrong digest a failed precondition.) */
function asRefusal(error: unknown): AppError | undefined {
  if (!(error instanceof AppError) || error.details['errno'] !== undefined) return undefined;
  if (error.kind === 'invalid') return error;
  if (error.kind !== 'failed-precondition') return undefined;
  return new AppError('invalid', error.message, { cause: error });
}

async function nextOffset(responses: Responses): Promise<number> {
  const next = await responses.next();
  if (next.done === true) throw new AppError('unavailable', 'containerd ended the write');
  return next.value.offset;
}

/** Ends a write that is not committed and waits until containerd has closed it: only then may another begin. */
async function letGo(write: Write, responses: Responses): Promise<void> {
  write.end();
  const timer = setTimeout(() => write.cancel(), 1000);
  try {
    for await (const response of responses) void response;
  } catch {
    // The reason is known to the caller.
  } finally {
    clearTimeout(timer);
  }
}

function isLocked(error: unknown): boolean {
  return hasKind(error, 'unavailable') && error.details['grpcCode'] !== undefined;
}
