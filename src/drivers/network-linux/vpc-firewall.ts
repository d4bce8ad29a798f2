/**
 * The tables of one VPC's namespace as this process has loaded them. What is not known to be loaded (after a start, or
 * a script that failed) is loaded as a whole, in the place of whatever is there; otherwise only what has changed.
 */
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { LocalEni } from './eni-rules.ts';
import { OPEN_TABLE, loadRules } from './firewall.ts';
import { changeScript, removalScript, wholeScript } from './nft-table.ts';
import { type VpcTables, vpcTables } from './vpc-table.ts';

export interface VpcFirewallOptions {
  readonly namespacePath: string;
  /** The host's end of the uplink. */
  readonly hostAddress: string;
}

export class VpcFirewall {
  readonly #options: VpcFirewallOptions;
  #picture: VpcPicture | undefined;
  #loaded: VpcTables | undefined;

  constructor(options: VpcFirewallOptions) {
    this.#options = options;
  }

  /** The last picture that was applied by this process. */
  get picture(): VpcPicture | undefined {
    return this.#picture;
  }

  /** Makes the tables what the picture and the interfaces ask for. One call at a time. */
  async apply(picture: VpcPicture, enis: readonly LocalEni[]): Promise<void> {
    const wanted = vpcTables(picture, this.#options.hostAddress, enis);
    const loaded = this.#loaded;
    this.#loaded = undefined;
    try {
      await this.#load(loaded === undefined ? whole(wanted) : changes(loaded, wanted));
    } catch (error) {
      if (loaded === undefined) throw error;
      // Somebody else has been at it.
      await this.#load(whole(wanted));
    }
    this.#loaded = wanted;
    this.#picture = picture;
  }

  async #load(script: string): Promise<void> {
    if (script !== '') await loadRules(script, this.#options.namespacePath);
  }
}

function whole({ ip, arp }: VpcTables): string {
  return removalScript(OPEN_TABLE) + wholeScript(ip) + wholeScript(arp);
}

function changes(before: VpcTables, after: VpcTables): string {
  return changeScript(before.ip, after.ip) + changeScript(before.arp, after.arp);
}
