/**
 * The tables of one VPC's namespace as this process has loaded them. What is not known to be loaded (after a start, or
 * when something failed) is loaded as a whole, in the place of whatever is there; otherwise only what has changed: of a
 * picture by `nft`, of an interface by netlink. One call at a time.
 */
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { Within } from '../../linux/sockets.ts';
import type { NfTablesSocket } from '../../linux/netlink/nf-tables.ts';
import { additions, removals } from './eni-requests.ts';
import { type LocalEni, localEniRules } from './eni-rules.ts';
import { loadRules } from './firewall.ts';
import type { Uplink } from './host.ts';
import { changeScript, wholeScript } from './nft-table.ts';
import { type VpcTables, forget, note, vpcTables } from './vpc-table.ts';

export interface VpcFirewallOptions {
  /** Runs an action in the VPC's namespace. */
  readonly within: Within;
  readonly uplink: Uplink;
  /** Acts in the VPC's namespace; is closed with this. */
  readonly socket: NfTablesSocket;
}

interface Loaded {
  readonly picture: VpcPicture;
  readonly tables: VpcTables;
  /** Ids of the picture's groups. */
  readonly groups: ReadonlySet<string>;
}

export class VpcFirewall {
  readonly #options: VpcFirewallOptions;
  #picture: VpcPicture | undefined;
  #loaded: Loaded | undefined;

  constructor(options: VpcFirewallOptions) {
    this.#options = options;
  }

  /** The last picture that this process was told. */
  get picture(): VpcPicture | undefined {
    return this.#picture;
  }

  /** Makes the tables what the picture and the interfaces ask for. */
  async apply(picture: VpcPicture, enis: readonly LocalEni[]): Promise<void> {
    const tables = vpcTables(picture, this.#options.uplink, enis);
    const before = this.#loaded?.tables;
    this.#picture = picture;
    this.#loaded = undefined;
    try {
      await this.#load(before === undefined ? whole(tables) : changes(before, tables));
    } catch (error) {
      if (before === undefined) throw error;
      // Somebody else has been at it.
      await this.#load(whole(tables));
    }
    this.#loaded = { picture, tables, groups: new Set(picture.groups.map(({ groupId }) => groupId)) };
  }

  /** Lets an interface take part; false when only `apply` can do it. */
  add(eni: LocalEni): boolean {
    return this.#change(({ tables, groups }) => {
      const rules = localEniRules(eni, groups);
      this.#options.socket.transact(additions(rules, tables.ip.chains));
      note(tables, rules);
    });
  }

  /** The opposite of `add`. Later is too late: the interface is what tells what is its. */
  remove(eni: LocalEni): boolean {
    return this.#change(({ tables, groups }) => {
      const rules = localEniRules(eni, groups);
      this.#options.socket.transact(removals(rules));
      forget(tables, rules);
    });
  }

  close(): void {
    this.#options.socket.close();
  }

  #change(change: (loaded: Loaded) => void): boolean {
    if (this.#loaded === undefined) return false;
    try {
      change(this.#loaded);
      return true;
    } catch {
      this.#loaded = undefined;
      return false;
    }
  }

  async #load(script: string): Promise<void> {
    if (script !== '') await loadRules(script, this.#options.within);
  }
}

function whole({ ip, arp }: VpcTables): string {
  return wholeScript(ip) + wholeScript(arp);
}

function changes(before: VpcTables, after: VpcTables): string {
  return changeScript(before.ip, after.ip) + changeScript(before.arp, after.arp);
}
