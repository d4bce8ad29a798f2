/**
 * What a VPC offers to its tasks on addresses of its own: the AWS endpoint, local registries, name resolution.
 * Listeners live inside the VPC's namespace; connections are carried to the host's loopback by this process, so that
 * nothing of the host itself can be reached from a task.
 */
import { connect, type Socket } from 'node:net';
import type { VpcSpec } from '../../domain/network/vpc.ts';
import { nthAddress } from '../../domain/network/cidr.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';

/** AWS's own link-local resolver address, the same in every VPC. */
const RESOLVER_ADDRESS = '169.254.169.253';
const DNS_PORT = 53;

/** One TCP service: where tasks find it, and where it is on the host. */
export interface VpcService {
  readonly address: string;
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number };
}

export interface VpcServicesDeps {
  readonly network: TaskNetwork;
  readonly services: readonly VpcService[];
  /** Answers a DNS message; undefined: no answer. */
  readonly resolve: (query: Buffer) => Promise<Buffer | undefined>;
  readonly logger: Logger;
}

/** The network, whose VPCs now also have their services. Lasts until the signal fires. */
export function withVpcServices(deps: VpcServicesDeps, signal: AbortSignal): TaskNetwork {
  const serving = new Map<string, Promise<void>>();
  const { network } = deps;
  return {
    async applyVpc(vpc) {
      await network.applyVpc(vpc);
      const known = serving.get(vpc.vpcId);
      if (known !== undefined) return known;
      const starting = serve(vpc, deps, signal);
      serving.set(vpc.vpcId, starting);
      starting.catch(() => serving.delete(vpc.vpcId));
      return starting;
    },
    async removeVpc(vpcId) {
      serving.delete(vpcId);
      await network.removeVpc(vpcId);
    },
    listVpcs: () => network.listVpcs(),
    attach: (taskId, eni) => network.attach(taskId, eni),
    detach: (taskId) => network.detach(taskId),
    listAttached: () => network.listAttached(),
    counters: (taskId) => network.counters(taskId),
    dialer: (taskId) => network.dialer(taskId),
    serveInVpc: (...args) => network.serveInVpc(...args),
    serveDatagramsInVpc: (...args) => network.serveDatagramsInVpc(...args),
    watchFlows: (...args) => network.watchFlows(...args),
    close: () => network.close(),
  };
}

async function serve(vpc: VpcSpec, deps: VpcServicesDeps, signal: AbortSignal): Promise<void> {
  const { network, services, resolve } = deps;
  const tcp = services.map(({ address, port, target }) =>
    network.serveInVpc(vpc.vpcId, address, port, (socket) => carry(socket, target, deps.logger), signal),
  );
  const dns = [nthAddress(vpc.cidr, 2), RESOLVER_ADDRESS].map((address) =>
    network.serveDatagramsInVpc(vpc.vpcId, address, DNS_PORT, resolve, signal),
  );
  await Promise.all([...tcp, ...dns]);
}

function carry(socket: Socket, target: VpcService['target'], logger: Logger): void {
  const upstream = connect({ ...target, allowHalfOpen: true });
  const end = (error?: Error): void => {
    if (error !== undefined) logger.debug('vpc service: connection ended', { target, error });
    socket.destroy();
    upstream.destroy();
  };
  socket.on('error', end);
  upstream.on('error', end);
  socket.on('close', () => upstream.destroy());
  upstream.on('close', () => socket.destroy());
  socket.pipe(upstream);
  upstream.pipe(socket);
}
