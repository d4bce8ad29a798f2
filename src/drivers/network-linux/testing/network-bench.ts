/**
 * A real network for tests: with a tag, VPCs and namespaces of its own, all of it removed in the end.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import type { VpcPicture, VpcSpec } from '../../../domain/network/vpc.ts';
import { Namespaces } from '../../../linux/namespace.ts';
import { connectionsAt } from '../../../linux/netlink/conntrack.ts';
import { ConntrackSocket } from '../../../linux/netlink/conntrack-socket.ts';
import { findLink } from '../../../linux/netlink/links.ts';
import { RouteSocket } from '../../../linux/netlink/route-socket.ts';
import type { Within } from '../../../linux/sockets.ts';
import { pictureOf } from '../../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork, type LinuxTaskNetworkOptions } from '../linux-task-network.ts';
import { Names, eniInterface } from '../names.ts';
import { IN_VAIN_MS, PORT, Talk } from './talk.ts';
import { patient } from '../../../ports/testing/patience.ts';
import { SHARE } from '../../../ports/testing/machine-share.ts';

/** Other test runs on the machine may be doing the same now. */
export const NET = `10.${240 + SHARE}`;
export const OUTSIDE = `198.18.${1 + SHARE}`;

export const PUBLIC_NET = `198.19.${100 + SHARE}`;

/** One of the public addresses of this run. */
export function publicAddress(number: number): string {
  return `${PUBLIC_NET}.${number}`;
}

export interface Outside {
  readonly name: string;
  readonly within: Within;
  readonly address: string;
  readonly hostAddress: string;
}

export class Bench extends Talk {
  readonly instance = randomBytes(8).toString('hex');
  readonly names = new Names(this.instance);
  readonly namespaces = new Namespaces();
  readonly network: LinuxTaskNetwork;
  readonly #life = new AbortController();
  readonly #vpcs = new Map<number, string>();

  constructor(options: Partial<LinuxTaskNetworkOptions> = {}) {
    super();
    this.later(() => this.#life.abort());
    const publicCidr = `${PUBLIC_NET}.0/24`;
    this.network = new LinuxTaskNetwork({ instance: this.instance, publicCidr, ...options });
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

  /** How many connections the kernel knows with an address as the one's that asked or was asked. */
  connectionsOf(within: Within, address: string): number {
    const socket = within(() => new ConntrackSocket());
    try {
      const ends = [
        ['original', 'source'],
        ['original', 'destination'],
        ['reply', 'source'],
      ] as const;
      return ends.flatMap(([side, end]) => socket.query(connectionsAt({ side, end, address }))).length;
    } finally {
      socket.close();
    }
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

  /** Fires when the test is over. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Runs an action in a task's namespace. */
  inTask(taskId: string): Within {
    const name = this.names.taskNamespace(taskId);
    return (action) => this.namespaces.insideNamed(name, action);
  }

  /** Runs an action in a VPC's namespace. */
  inVpc({ vpcId }: VpcSpec): Within {
    const name = this.names.vpcNamespace(vpcId);
    return (action) => this.namespaces.insideNamed(name, action);
  }

  /** A server in a task that answers with the client's address. */
  async listenIn(taskId: string, address = '0.0.0.0'): Promise<void> {
    await this.listen(this.inTask(taskId), address);
  }

  /** What a task gets from a port. */
  async ask(taskId: string, host: string, port = PORT): Promise<string> {
    return await text(
      await this.network.dialer(taskId).connect({ host, port }, AbortSignal.timeout(patient(10_000))),
    );
  }

  /** Holds that a task gets no answer at all. */
  async askInVain(taskId: string, host: string, port = PORT): Promise<void> {
    const connecting = this.network.dialer(taskId).connect({ host, port }, AbortSignal.timeout(IN_VAIN_MS));
    await assert.rejects(
      connecting,
      (error) => hasKind(error, 'aborted'),
      `${taskId} reached ${host}:${port}`,
    );
  }

  /** A network outside of the machine's own addresses, which knows the public ones: a namespace behind a veth pair. */
  makeOutside(mtu = 1500): Outside {
    const name = `ng-test-${randomBytes(3).toString('hex')}`;
    const link = `t${randomBytes(4).toString('hex')}`;
    ip('netns', 'add', name);
    this.later(() => ip('netns', 'del', name));
    const ends = { near: [link, 'mtu', `${mtu}`], far: ['name', 'eth0', 'mtu', `${mtu}`, 'netns', name] };
    ip('link', 'add', ...ends.near, 'type', 'veth', 'peer', ...ends.far);
    // The kernel ends a namespace when it likes; the next one gets the same addresses.
    this.later(() => ip('link', 'del', link));
    ip('addr', 'add', `${OUTSIDE}.1/24`, 'dev', link);
    ip('link', 'set', link, 'up');
    ip('-n', name, 'addr', 'add', `${OUTSIDE}.2/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    for (const range of [`${NET}.0.0/16`, `${PUBLIC_NET}.0/24`]) {
      ip('-n', name, 'route', 'add', range, 'via', `${OUTSIDE}.1`);
    }
    const within: Within = (action) => this.namespaces.insideNamed(name, action);
    return { name, within, address: `${OUTSIDE}.2`, hostAddress: `${OUTSIDE}.1` };
  }

  /** The host's end of a VPC's uplink. */
  uplinkOf({ vpcId }: VpcSpec): string {
    const routes = ip('-n', this.names.vpcNamespace(vpcId), '-j', 'route', 'show', 'default');
    const [route] = JSON.parse(routes) as { gateway: string }[];
    return route?.gateway ?? '';
  }

  /** Name of the VPC's end of a task's interface. */
  vpcEndOfTask(taskId: string): string {
    return eniInterface(taskId);
  }

  /** The VPC's own end of its uplink. */
  vpcEndOf({ vpcId }: VpcSpec): string {
    const name = this.names.vpcNamespace(vpcId);
    const [link] = JSON.parse(ip('-n', name, '-j', 'addr', 'show', 'uplink')) as {
      addr_info: { local: string }[];
    }[];
    return link?.addr_info[0]?.local ?? '';
  }

  /** The MAC address of the VPC's end of a task's interface. */
  macOfVpcEnd(taskId: string, vpc = this.vpc(1)): string {
    const own = eniInterface(taskId);
    const link = this.inVpc(vpc)(() => {
      const socket = new RouteSocket();
      try {
        return findLink(socket, own);
      } finally {
        socket.close();
      }
    });
    return link?.mac ?? '';
  }

  /** What a task has learned of the way to an address. */
  pathMtu(taskId: string, address: string): number {
    const found = ip('-n', this.names.taskNamespace(taskId), 'route', 'get', address);
    return Number(/ mtu (\d+)/.exec(found)?.[1]);
  }

  leftovers(): string[] {
    const links = JSON.parse(ip('-j', 'link')) as { ifname: string }[];
    const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }).split('\n');
    const routes = ip('route', 'show', 'table', 'all').split('\n');
    const rules = ip('rule').split('\n');
    const addresses = [`${NET}.`, `${PUBLIC_NET}.`];
    return [
      // A task's are among them: their names begin alike.
      ...this.namespaces.list(this.names.vpcPrefix),
      ...[...routes, ...rules].filter((line) => addresses.some((each) => line.includes(each))),
      ...links.map((link) => link.ifname).filter((name) => name.startsWith(this.names.uplinkPrefix)),
      ...tables.filter((line) => line.includes(this.names.hostTable)),
      ...readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .filter((line) => line.includes(this.names.vpcPrefix)),
    ];
  }

  async close(): Promise<void> {
    try {
      this.end();
    } finally {
      for (const taskId of await this.network.listAttached()) await this.network.detach(taskId);
      for (const vpcId of await this.network.listVpcs()) await this.network.removeVpc(vpcId);
      await this.network.close();
      this.namespaces.close();
    }
  }
}

/** Loads rules in a namespace of the test's own. */
export function nft(namespace: string, rules: string): void {
  execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: rules });
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
