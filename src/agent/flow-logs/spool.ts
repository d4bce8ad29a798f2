/**
 * Batches of records that wait for their delivery: a file each, in a folder for each flow log, oldest first. They
 * outlast the process. The folder says, too, that the flow log has been running.
 */
import { mkdirSync } from 'node:fs';
import { readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlowBatch } from './flow-batch.ts';

/** Bytes that wait for one flow log. */
const MAX_BYTES = 32 * 2 ** 20;
const NAME = /^\d{15}-\d{6}\.json$/;
const FLOW_LOG_ID = /^fl-[0-9a-f]+$/;

export interface SpooledBatch {
  readonly flowLogId: string;
  readonly name: string;
}

export class Spool {
  readonly #directory: string;
  readonly #maxBytes: number;
  #count = 0;

  constructor(directory: string, maxBytes = MAX_BYTES) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  /** Gives the flow log a folder; true when it has one already. */
  begin(flowLogId: string): boolean {
    return mkdirSync(this.#folder(flowLogId), { recursive: true, mode: 0o700 }) === undefined;
  }

  /** Puts a batch last. False: there is no room for it. */
  async put(batch: FlowBatch): Promise<boolean> {
    const folder = this.#folder(batch.flowLogId);
    const text = JSON.stringify(batch);
    if ((await this.#bytesOf(folder)) + Buffer.byteLength(text) > this.#maxBytes) return false;
    this.#count += 1;
    const name = `${String(batch.at).padStart(15, '0')}-${String(this.#count % 1_000_000).padStart(6, '0')}.json`;
    await writeFile(join(folder, `${name}.new`), text, { mode: 0o600 });
    await rename(join(folder, `${name}.new`), join(folder, name));
    return true;
  }

  /** The oldest batch of a flow log, if one waits. */
  async first(flowLogId: string): Promise<SpooledBatch | undefined> {
    const names = await namesIn(this.#folder(flowLogId));
    const [name] = names.filter((each) => NAME.test(each)).sort();
    return name === undefined ? undefined : { flowLogId, name };
  }

  /** What a batch holds; undefined when the file is damaged. */
  async read({ flowLogId, name }: SpooledBatch): Promise<FlowBatch | undefined> {
    const text = await readFile(join(this.#folder(flowLogId), name), 'utf8');
    try {
      return JSON.parse(text) as FlowBatch;
    } catch {
      return undefined;
    }
  }

  async remove({ flowLogId, name }: SpooledBatch): Promise<void> {
    await rm(join(this.#folder(flowLogId), name), { force: true });
  }

  /** Flow logs with a folder. */
  async flowLogIds(): Promise<string[]> {
    return (await namesIn(this.#directory)).filter((name) => FLOW_LOG_ID.test(name));
  }

  /** The flow log is no more; what still waits is dropped. */
  async forget(flowLogId: string): Promise<void> {
    await rm(this.#folder(flowLogId), { recursive: true, force: true });
  }

  #folder(flowLogId: string): string {
    if (!FLOW_LOG_ID.test(flowLogId)) throw new RangeError(`not a flow log's id: ${flowLogId}`);
    return join(this.#directory, flowLogId);
  }

  async #bytesOf(folder: string): Promise<number> {
    const sizes = await Promise.all(
      (await namesIn(folder)).map(
        async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size,
      ),
    );
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
