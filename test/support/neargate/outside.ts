/**
 * The internet of a test: a namespace behind a veth pair, beyond the machine's own addresses. It knows no way to
 * the addresses of tasks, as the internet knows none.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Within } from '../../../src/linux/sockets.ts';
import { Namespaces } from '../../../src/linux/namespace.ts';
import { SHARE } from '../../../src/ports/testing/machine-share.ts';

export class Outside {
  /** Of the host that it plays. */
  readonly address: string;
  /** The machine's own on the link there. */
  readonly machineAddress: string;
  /** The machine's interface towards it: an uplink. */
  readonly link: string;
  readonly namespace: string;
  readonly #namespaces = new Namespaces();
  #isLinked = false;

  private constructor(name: string, net: number) {
    this.namespace = `test-outside-${name}`;
    this.link = `t${name}`;
    this.machineAddress = `203.0.113.${net + 1}`;
    this.address = `203.0.113.${net + 2}`;
  }

  static make(): Outside {
    const outside = new Outside(randomBytes(4).toString('hex'), SHARE * 4);
    try {
      outside.#make();
      return outside;
    } catch (error) {
      outside.close();
      throw error;
    }
  }

  /** Runs an action there; it must not be asynchronous. */
  readonly within: Within = (action) => this.#namespaces.insideNamed(this.namespace, action);

  /** Knows from now on that these addresses are reached by the machine, as a network that routes them to it does. */
  routeToMachine(cidr: string): void {
    ip('-n', this.namespace, 'route', 'add', cidr, 'via', this.machineAddress);
  }

  close(): void {
    try {
      // The kernel takes its time to end a namespace, and the link with it.
      if (this.#isLinked) ip('link', 'del', this.link);
    } finally {
      try {
        ip('netns', 'del', this.namespace);
      } finally {
        this.#namespaces.close();
      }
    }
  }

  #make(): void {
    const inside = ['-n', this.namespace];
    ip('netns', 'add', this.namespace);
    ip('link', 'add', this.link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.namespace);
    this.#isLinked = true;
    ip('addr', 'add', `${this.machineAddress}/30`, 'dev', this.link);
    ip('link', 'set', this.link, 'up');
    ip(...inside, 'addr', 'add', `${this.address}/30`, 'dev', 'eth0');
    for (const link of ['eth0', 'lo']) ip(...inside, 'link', 'set', link, 'up');
  }
}

function ip(...parameters: string[]): string {
  return execFileSync('ip', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
