/**
 * A real network for tests: with a tag, VPCs and namespaces of its own, all of it removed in the end.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import type { VpcPicture, VpcSpec } from '../../../domain/network/vpc.ts';
import { Namespaces } from '../../../linux/namespace.ts';
import { listenTcp } from '../../../linux/sockets.ts';
import { pictureOf } from '../../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork, type LinuxTaskNetworkOptions } from '../linux-task-network.ts';
import { Names } from '../names.ts';

export const PORT = 8080;
/** Other test runs on the machine may be doing the same now. */
export const NET = `10.${128 + ((randomBytes(1)[0] ?? 0) % 127)}`;
export const OUTSIDE = `198.18.${randomBytes(1)[0] ?? 0}`;

const PUBLIC_NET = `198.19.${randomBytes(1)[0] ?? 0}`;

/** One of the public addresses of this run. */
export function publicAddress(number: number): string {
  return `${PUBLIC_NET}.${number}`;
}

export class Bench {
  readonly instance = randomBytes(8).toString('hex');
  readonly names = new Names(this.instance);
  readonly namespaces = new Namespaces();
  readonly network: LinuxTaskNetwork;
  readonly #undo: (() => void)[] = [];
  readonly #vpcs = new Map<number, string>();

  constructor(options: Partial<LinuxTaskNetworkOptions> = {}) {
    this.network = new LinuxTaskNetwork({ instance: this.instance, ...options });
  }

  static for(test: TestContext, options: Partial<LinuxTaskNetworkOptions> = {}): Bench {
    const bench = new Bench(options);
    test.after(() => bench.close());
    return bench;
  }

  vpc(number: number, routedFromHost = false): VpcSpec {
    const vpcId = this.#vpcs.get(number) ?? `vpc-${randomBytes(8).toString('hex')}0`;
    this.#vpcs.set(number, vpcId);
    return { vpcId, cidr: `${NET}.0.0/16`, routedFromHost };
  }

  /** The VPC with a picture applied, by default the one that `eniOf` is of, where everything is admitted. */
  async openVpc(number: number, changes: Partial<VpcPicture> = {}): Promise<VpcSpec> {
    const vpc = this.vpc(number, changes.routedFromHost);
    await this.network.applyVpc(pictureOf(vpc, changes));
    return vpc;
  }

  /** `ip` with arguments, in a task's namespace; parsed JSON. */
  ipOf(taskId: string, ...parameters: string[]): Record<string, unknown>[] {
    const name = this.names.taskNamespace(taskId);
    return JSON.parse(ip('-n', name, '-j', ...parameters)) as Record<string, unknown>[];
  }

  /** The tables of a VPC's namespace as `nft` prints them; their contents in a fixed order. */
  tablesOf({ vpcId }: VpcSpec): string[] {
    const name = this.names.vpcNamespace(vpcId);
    const printed = execFileSync('ip', ['netns', 'exec', name, 'nft', '-n', 'list', 'ruleset'], {
      encoding: 'utf8',
    });
    return printed
      .split(/^\t(?=set|map|chain)|^(?=table|\})/m)
      .map((part) => part.replace(/elements = \{([^}]*)\}/, (_, list: string) => inOrder(list)).trim())
      .toSorted();
  }

  /** A server in a task that answers with the client's address. */
  async listenIn(taskId: string, address = '0.0.0.0'): Promise<Server> {
    const name = this.names.taskNamespace(taskId);
    return await this.#listen((action) => this.namespaces.insideNamed(name, action), address);
  }

  /** The same on the machine itself. */
  async listenOnHost(address: string): Promise<Server> {
    return await this.#listen((action) => action(), address);
  }

  async #listen(within: <T>(action: () => T) => T, address: string): Promise<Server> {
    const server = await listenTcp(within, address, PORT, (socket) => {
      socket.on('error', () => undefined);
      socket.end(`seen as ${socket.remoteAddress}`);
    });
    this.#undo.push(() => server.close());
    return server;
  }

  /** What a task gets from a port. */
  async ask(taskId: string, host: string, port = PORT): Promise<string> {
    return await text(await this.network.dialer(taskId).connect({ host, port }, AbortSignal.timeout(10_000)));
  }

  /** Holds that a task gets no answer at all. */
  async askInVain(taskId: string, host: string, port = PORT): Promise<void> {
    const connecting = this.network.dialer(taskId).connect({ host, port }, AbortSignal.timeout(400));
    await assert.rejects(
      connecting,
      (error) => hasKind(error, 'aborted'),
      `${taskId} reached ${host}:${port}`,
    );
  }

  /** A network outside of the machine's own addresses: a namespace behind a veth pair. */
  makeOutside(): { within: <T>(action: () => T) => T; address: string; hostAddress: string } {
    const name = `ng-test-${randomBytes(3).toString('hex')}`;
    const link = `t${randomBytes(4).toString('hex')}`;
    ip('netns', 'add', name);
    this.#undo.push(() => ip('netns', 'del', name));
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('addr', 'add', `${OUTSIDE}.1/24`, 'dev', link);
    ip('link', 'set', link, 'up');
    ip('-n', name, 'addr', 'add', `${OUTSIDE}.2/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    ip('-n', name, 'route', 'add', `${NET}.0.0/16`, 'via', `${OUTSIDE}.1`);
    const within = <T>(action: () => T): T => this.namespaces.insideNamed(name, action);
    return { within, address: `${OUTSIDE}.2`, hostAddress: `${OUTSIDE}.1` };
  }

  later(undo: () => void): void {
    this.#undo.push(undo);
  }

  leftovers(): string[] {
    const links = JSON.parse(ip('-j', 'link')) as { ifname: string }[];
    const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }).split('\n');
    return [
      ...this.namespaces.list(this.names.vpcPrefix),
      ...links.map((link) => link.ifname).filter((name) => name.startsWith(this.names.uplinkPrefix)),
      ...tables.filter((line) => line.includes(this.names.hostTable)),
      ...readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .filter((line) => line.includes(this.names.vpcPrefix)),
    ];
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) undo();
    for (const taskId of await this.network.listAttached()) await this.network.detach(taskId);
    for (const vpcId of await this.network.listVpcs()) await this.network.removeVpc(vpcId);
    await this.network.close();
    this.namespaces.close();
  }
}

function inOrder(elements: string): string {
  return elements
    .split(',')
    .map((element) => element.trim())
    .toSorted()
    .join(', ');
}

export function ip(...parameters: string[]): string {
  return execFileSync('ip', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The second address of the uplink: the host's end as the VPC knows it. */
export function uplinkAddress(bench: Bench, vpc: VpcSpec): string {
  const [route] = JSON.parse(
    ip('-n', bench.names.vpcNamespace(vpc.vpcId), '-j', 'route', 'show', 'default'),
  ) as {
    gateway: string;
  }[];
  return route?.gateway ?? '';
}
