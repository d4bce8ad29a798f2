/**
 * TaskNetwork in memory. Tasks have no network of their own: dialers connect from the host, service addresses of a
 * VPC are listeners on the host's loopback that only this object's dialers know.
 */
import { type AddressInfo, type Server, type Socket, connect, createServer, isIPv4 } from 'node:net';
import { AppError } from '../../domain/errors.ts';
import type { FlowObservation } from '../../domain/network/flow-logs/flow-observation.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import type { DialTarget, Dialer } from '../../ports/dialer.ts';
import type { AttachedEni, FlowWatch, InterfaceCounters, TaskNetwork } from '../../ports/task-network.ts';
import { FakeFlows } from './fake-flows.ts';

type OnDatagram = (message: Buffer, from: { address: string; port: number }) => Promise<Buffer | undefined>;

const NO_TRAFFIC: InterfaceCounters = {
  ...{ rxBytes: 0, rxPackets: 0, rxErrors: 0, rxDropped: 0 },
  ...{ txBytes: 0, txPackets: 0, txErrors: 0, txDropped: 0 },
};
const TASK_ID = /^[A-Za-z0-9_-]{1,128}$/;
const CONNECT_TIMEOUT_MS = 10_000;

export interface FakeTaskNetworkOptions {
  /** IPv4 addresses of a name in a VPC; default: none, names are the host's affair. */
  readonly resolve?: (host: string, vpcId: string) => Promise<readonly string[]>;
}

export class FakeTaskNetwork implements TaskNetwork {
  readonly #resolve: FakeTaskNetworkOptions['resolve'];
  readonly #vpcs = new Set<string>();
  readonly #enis = new Map<string, EniSpec>();
  readonly #servers = new Map<string, Server>();
  readonly #datagrams = new Map<string, OnDatagram>();
  readonly #flows = new FakeFlows();

  constructor({ resolve }: FakeTaskNetworkOptions = {}) {
    this.#resolve = resolve;
  }

  async applyVpc(vpc: VpcPicture): Promise<void> {
    if (!/^vpc-[0-9a-f]+$/.test(vpc.vpcId)) throw new AppError('invalid', `not a VPC id: ${vpc.vpcId}`);
    this.#vpcs.add(vpc.vpcId);
  }

  async removeVpc(vpcId: string): Promise<void> {
    if ([...this.#enis.values()].some((eni) => eni.vpc.vpcId === vpcId)) {
      throw new AppError('failed-precondition', `${vpcId} still has network interfaces`);
    }
    this.#closeAll(vpcId);
    this.#vpcs.delete(vpcId);
  }

  async listVpcs(): Promise<string[]> {
    return [...this.#vpcs];
  }

  async attach(taskId: string, eni: EniSpec): Promise<AttachedEni> {
    if (!TASK_ID.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    if (!isIPv4(eni.privateIpv4Address)) {
      throw new AppError('invalid', `not an IPv4 address: ${eni.privateIpv4Address}`);
    }
    for (const [other, taken] of this.#enis) {
      if (other === taskId || taken.vpc.vpcId !== eni.vpc.vpcId) continue;
      if (taken.privateIpv4Address !== eni.privateIpv4Address) continue;
      throw new AppError('conflict', `${eni.privateIpv4Address} is in use in ${eni.vpc.vpcId}`);
    }
    this.#checkVpc(eni.vpc.vpcId);
    this.#enis.set(taskId, eni);
    return { taskId, namespacePath: `/run/netns/ng-fake-task-${taskId}` };
  }

  async detach(taskId: string): Promise<void> {
    this.#enis.delete(taskId);
    this.#closeAll(taskId);
  }

  async listAttached(): Promise<string[]> {
    return [...this.#enis.keys()];
  }

  async counters(taskId: string): Promise<InterfaceCounters> {
    if (!this.#enis.has(taskId)) throw new AppError('not-found', `task ${taskId} has no network interface`);
    return NO_TRAFFIC;
  }

  dialer(taskId: string): Dialer {
    return {
      connect: async (target, signal) => {
        const vpcId = this.#enis.get(taskId)?.vpc.vpcId;
        if (vpcId === undefined) throw new AppError('unavailable', `task ${taskId} has no network`);
        const isName = !isIPv4(target.host) && target.host !== 'localhost';
        const [address] = isName ? ((await this.#resolve?.(target.host, vpcId)) ?? []) : [];
        const host = address ?? target.host;
        const server =
          this.#servers.get(placeOf(taskId, host, target.port)) ??
          this.#servers.get(placeOf(vpcId, host, target.port));
        // Link-local addresses are the VPC's own; the machine's must not be asked for them.
        if (server === undefined && target.host.startsWith('169.254.')) {
          throw new AppError('unavailable', `nobody listens on ${target.host}:${target.port}`, {
            details: { syscallCode: 'ECONNREFUSED', address: target.host },
          });
        }
        const port = (server?.address() as AddressInfo | undefined)?.port;
        return await dial(port === undefined ? target : { host: '127.0.0.1', port }, target, signal);
      },
    };
  }

  async serveInVpc(
    vpcId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.#checkVpc(vpcId);
    await this.#serve(placeOf(vpcId, address, port), onConnection, signal);
  }

  async #serve(place: string, onConnection: (socket: Socket) => void, signal: AbortSignal): Promise<void> {
    const server = createServer(onConnection);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    this.#servers.get(place)?.close();
    this.#servers.set(place, server);
    const end = () => {
      server.close();
      if (this.#servers.get(place) === server) this.#servers.delete(place);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }

  async serveInTask(
    taskId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#enis.has(taskId)) throw new AppError('not-found', `task ${taskId} has no network interface`);
    await this.#serve(placeOf(taskId, address, port), onConnection, signal);
  }

  async serveDatagramsInVpc(
    vpcId: string,
    address: string,
    port: number,
    onDatagram: OnDatagram,
    signal: AbortSignal,
  ): Promise<void> {
    this.#checkVpc(vpcId);
    const place = placeOf(vpcId, address, port);
    this.#datagrams.set(place, onDatagram);
    const end = () => {
      if (this.#datagrams.get(place) === onDatagram) this.#datagrams.delete(place);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }

  async watchFlows(
    vpcId: string,
    onObservation: (observation: FlowObservation) => void,
    signal: AbortSignal,
  ): Promise<FlowWatch> {
    this.#checkVpc(vpcId);
    return this.#flows.watch(vpcId, onObservation, signal);
  }

  /** For tests: traffic in a VPC. A connection that has not ended is told at the next look. */
  flow(vpcId: string, observation: FlowObservation): void {
    this.#flows.tell(vpcId, observation);
  }

  /** For tests: a datagram from a task, with its answer. Undefined when nobody listens or answers. */
  async sendDatagram(taskId: string, target: DialTarget, message: Buffer): Promise<Buffer | undefined> {
    const eni = this.#enis.get(taskId);
    const onDatagram = this.#datagrams.get(placeOf(eni?.vpc.vpcId ?? '', target.host, target.port));
    return await onDatagram?.(message, { address: eni?.privateIpv4Address ?? '', port: 40_000 });
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
    this.#datagrams.clear();
  }

  #closeAll(owner: string): void {
    for (const [key, server] of this.#servers) {
      if (!key.startsWith(`${owner} `)) continue;
      server.close();
      this.#servers.delete(key);
    }
  }

  #checkVpc(vpcId: string): void {
    if (!this.#vpcs.has(vpcId)) throw new AppError('not-found', `no such VPC: ${vpcId}`);
  }
}

/** `owner` is a VPC's or a task's id. */
function placeOf(owner: string, address: string, port: number): string {
  return `${owner} ${address}:${port}`;
}

function dial(actual: DialTarget, asked: DialTarget, signal?: AbortSignal): Promise<Socket> {
  const what = `${asked.host}:${asked.port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: actual.host, port: actual.port, family: 4 });
    const fail = (error: AppError) => {
      settle();
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const onAbort = () => fail(new AppError('aborted', `connecting to ${what} was given up`));
    const onError = (error: NodeJS.ErrnoException) => {
      const kind = error.code === 'ETIMEDOUT' ? 'deadline' : 'unavailable';
      const details = { syscallCode: error.code, address: asked.host };
      fail(new AppError(kind, `connect to ${what}: ${error.code}`, { cause: error, details }));
    };
    const timer = setTimeout(() => {
      fail(new AppError('deadline', `no answer from ${what}`, { details: { address: asked.host } }));
    }, CONNECT_TIMEOUT_MS);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
    };
    socket.on('error', onError);
    signal?.addEventListener('abort', onAbort);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
    if (signal?.aborted === true) onAbort();
  });
}
