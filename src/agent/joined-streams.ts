/** Two connections that become one: what comes from one goes to the other, and neither outlives the other. */
import type { Duplex } from 'node:stream';

/** `onError` is told of a connection that breaks off; it ends both. */
export function joinStreams(client: Duplex, upstream: Duplex, onError: (error: Error) => void): void {
  client.on('error', onError).on('close', () => upstream.destroy());
  upstream.on('error', onError).on('close', () => client.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
}
