/** Reads a request's body to its end and keeps its beginning. */
import type { IncomingMessage } from 'node:http';

/** The first `most` bytes as text; a connection that breaks off ends it early. */
export async function firstBytes(request: IncomingMessage, most: number): Promise<string> {
  const kept: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (length < most) kept.push(chunk.subarray(0, most - length));
      length += chunk.length;
    }
  } catch {
    // Nobody waits for an answer any more.
  }
  return Buffer.concat(kept).toString('utf8');
}
