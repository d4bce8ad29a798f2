/** Carries a VPC's DNS queries to the host's own resolvers, as they are; the first one that answers wins. */
import { createSocket } from 'node:dgram';
import type { Clock } from '../../ports/clock.ts';

const TIMEOUT_MS = 3_000;
const MAX_QUERIES = 256;

export interface DnsForwarderDeps {
  /** Addresses of the host's resolvers, in order; read anew for each query. */
  readonly upstreams: () => Promise<readonly string[]>;
  readonly clock: Clock;
}

/** Returns a function that answers one DNS message, or undefined when no resolver did. */
export function createDnsForwarder(deps: DnsForwarderDeps): (query: Buffer) => Promise<Buffer | undefined> {
  let inFlight = 0;
  return async (query) => {
    if (inFlight >= MAX_QUERIES || query.length < 12) return undefined;
    inFlight += 1;
    try {
      for (const address of await deps.upstreams()) {
        const answer = await ask(address, query, deps.clock);
        if (answer !== undefined) return answer;
      }
      return undefined;
    } finally {
      inFlight -= 1;
    }
  };
}

async function ask(address: string, query: Buffer, clock: Clock): Promise<Buffer | undefined> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const over = new AbortController();
  try {
    return await new Promise<Buffer | undefined>((resolve) => {
      socket.on('message', (message) => {
        // The id must be the query's own: anything else is not its answer.
        if (message.length >= 12 && message.readUInt16BE(0) === query.readUInt16BE(0)) resolve(message);
      });
      socket.on('error', () => resolve(undefined));
      socket.send(query, 53, address, (error) => {
        if (error !== null) resolve(undefined);
      });
      clock.sleep(TIMEOUT_MS, over.signal).then(
        () => resolve(undefined),
        () => undefined,
      );
    });
  } finally {
    over.abort();
    socket.close();
  }
}

/** The resolvers named in the text of /etc/resolv.conf. */
export function parseNameservers(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address ?? '');
}
