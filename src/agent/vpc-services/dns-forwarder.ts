/** Carries DNS queries to the host's own resolvers, as they are; the first one that answers wins. */
import { connect, isIP } from 'node:net';
import { isAnswerTo } from '../../domain/network/names/dns-message.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';
import { DnsFrames, framed } from './dns-frames.ts';
import { type Upstream, UpstreamSockets } from './dns-upstream.ts';

const DNS_PORT = 53;
const TIMEOUT_MS = 3_000;

export type DnsTransport = 'udp' | 'tcp';

/** Answers one DNS message, or undefined when no resolver did. */
export type ForwardDns = (query: Uint8Array, transport: DnsTransport) => Promise<Buffer | undefined>;

export interface DnsForwarderDeps {
  /** The host's resolvers, in order; read anew for each query. */
  readonly upstreams: () => Promise<readonly Upstream[]>;
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'hex'>;
}

export function createDnsForwarder(deps: DnsForwarderDeps): ForwardDns {
  const { upstreams, clock } = deps;
  const sockets = new UpstreamSockets(deps);
  return async (query, transport) => {
    for (const upstream of await upstreams()) {
      const over = new AbortController();
      const late = clock.sleep(TIMEOUT_MS, over.signal).catch(() => undefined);
      try {
        const asking =
          transport === 'udp'
            ? sockets.ask(upstream, query, over.signal)
            : askByStream(upstream, query, over.signal);
        const answer = await Promise.race([asking, late]);
        if (answer instanceof Buffer) return answer;
      } catch {
        // It is not there: the next one.
      } finally {
        over.abort();
      }
    }
    return undefined;
  };
}

/** The resolvers named in the text of /etc/resolv.conf. */
export function parseNameservers(resolvConf: string): Upstream[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(([, host = '']) => ({ host, port: DNS_PORT }))
    .filter(({ host }) => isIP(host) !== 0);
}

async function askByStream(upstream: Upstream, query: Uint8Array, over: AbortSignal) {
  const socket = connect({ ...upstream, signal: over });
  const frames = new DnsFrames();
  try {
    socket.write(framed(query));
    for await (const chunk of socket) {
      const [answer] = frames.push(chunk as Buffer);
      if (answer !== undefined) return isAnswerTo(query, answer) ? answer : undefined;
    }
    return undefined;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
