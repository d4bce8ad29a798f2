/**
 * What lets the machine pass tasks' packets on and answers back, and no more than that: forwarding on the interfaces
 * that need it, and admission by Docker's rules. To be repeated now and then: interfaces come and go.
 */
import { type Link, listLinks } from '../../linux/netlink/links.ts';
import type { RouteSocket } from '../../linux/netlink/route-socket.ts';
import { listRoutes } from '../../linux/netlink/routes.ts';
import { type SysctlName, readSysctl, writeSysctl } from '../../linux/sysctl.ts';
import { type DockerRules, admitInDocker, withdrawFromDocker } from './docker-firewall.ts';
import {
  addOpened,
  forgetOpened,
  leaveOpened,
  listOpened,
  listOtherTables,
  refuseOpened,
} from './firewall.ts';
import { ANY_UPLINK_PREFIX, type Names } from './names.ts';

const UNICAST = 1;
const LOCAL_TABLE = 255;

export class Forwarding {
  readonly #table: string;
  readonly #docker: DockerRules;
  readonly #socket: RouteSocket;
  /** Interfaces may have been opened, also by an earlier process. */
  #opened = true;
  /** The machine's interfaces when Docker's rules were last looked at: Docker comes with interfaces. */
  #seen = '';

  /** `socket` acts in the host's namespace. */
  constructor(names: Names, socket: RouteSocket) {
    this.#table = names.hostTable;
    this.#docker = { mark: names.hostTable, uplinkPrefix: names.uplinkPrefix };
    this.#socket = socket;
  }

  /** Makes sure of it. Our table must be there. */
  async ensure(): Promise<void> {
    const links = listLinks(this.#socket).filter((link) => !link.name.startsWith(ANY_UPLINK_PREFIX));
    await this.#openInterfaces(links);
    const names = links.map((link) => link.name).join(' ');
    if (names !== this.#seen) await admitInDocker(this.#docker);
    this.#seen = names;
  }

  /** Puts everything back. May be repeated. */
  async undo(): Promise<void> {
    this.#seen = '';
    await refuseOpened(this.#table);
    const opened = await listOpened(this.#table);
    if (!forwardsEverywhere() && !(await this.#leaveToOthers(opened))) {
      for (const name of opened) writeSysctl(forwardingOf(name), 0);
    }
    await withdrawFromDocker(this.#docker);
  }

  /** Other Neargates found them open, and need them as much. False when there is none. */
  async #leaveToOthers(opened: readonly string[]): Promise<boolean> {
    if (opened.length === 0) return true;
    for (const table of await listOtherTables(this.#table)) {
      if (await leaveOpened(table, opened)) return true;
    }
    return false;
  }

  /**
   * Answers to tasks come in by the machine's other interfaces, and the kernel passes them on only where the one
   * that they come by may forward. The setting for the whole machine stays as it is; where somebody else turns that
   * on, it is the rule from then on.
   */
  async #openInterfaces(links: readonly Link[]): Promise<void> {
    if (forwardsEverywhere()) {
      if (this.#opened) await forgetOpened(this.#table);
      this.#opened = false;
      return;
    }
    const routed = new Set(
      listRoutes(this.#socket)
        .filter((route) => route.type === UNICAST && route.table !== LOCAL_TABLE)
        .map((route) => route.index),
    );
    const closed = links
      .filter((link) => routed.has(link.index) && readSysctl(forwardingOf(link.name)) === '0')
      .map((link) => link.name);
    // Noted first: a crash in between leaves a note too many, never an open interface without a note.
    await addOpened(this.#table, closed);
    this.#opened = true;
    for (const name of closed) writeSysctl(forwardingOf(name), 1);
  }
}

function forwardsEverywhere(): boolean {
  return readSysctl(['net', 'ipv4', 'ip_forward']) === '1';
}

function forwardingOf(name: string): SysctlName {
  return ['net', 'ipv4', 'conf', name, 'forwarding'];
}
