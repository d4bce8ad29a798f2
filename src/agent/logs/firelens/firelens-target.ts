/**
 * One container's output on its way to the task's log router: records as Docker's fluentd driver makes them, under the
 * container's tag. A batch is one message.
 */
import { ForwardEncoder, type ForwardRecord } from '../../../wire/forward/forward-message.ts';
import type { OutputLine } from '../line-reader.ts';
import type { OutputTarget } from '../output-target.ts';
import type { RouterConnection } from './router-connection.ts';

export interface FirelensTargetParts {
  readonly connection: RouterConnection;
  readonly tag: string;
  /** As records name the container. */
  readonly containerId: string;
  readonly containerName: string;
}

export class FirelensTarget implements OutputTarget {
  readonly #parts: FirelensTargetParts;
  readonly #encoder = new ForwardEncoder();
  #messages = 0;

  constructor(parts: FirelensTargetParts) {
    this.#parts = parts;
  }

  async deliver(lines: readonly OutputLine[], signal: AbortSignal): Promise<void> {
    const { connection, tag, containerId } = this.#parts;
    const entries = lines.map((line) => this.#encoder.entry(line.timestamp, this.#record(line)));
    this.#messages += 1;
    const chunk = connection.mayAnswer ? `${containerId}/${this.#messages}` : undefined;
    await connection.send(this.#encoder.message(tag, entries, chunk), chunk, signal);
  }

  close(): void {
    this.#parts.connection.close();
  }

  #record({ text, source, part }: OutputLine): ForwardRecord {
    const { containerId, containerName } = this.#parts;
    return {
      container_id: containerId,
      container_name: containerName,
      source,
      log: text,
      ...(part !== undefined && {
        partial_message: 'true',
        partial_id: part.id,
        partial_ordinal: String(part.ordinal),
        partial_last: String(part.isLast),
      }),
    };
  }
}
