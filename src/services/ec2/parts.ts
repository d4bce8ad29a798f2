/** What each operation of EC2 gets. */
import type { Ec2Deps } from './deps.ts';
import type { Network } from './network.ts';

export interface Ec2Parts extends Ec2Deps {
  /** Of the store; shared with others who change the network of a scope. */
  readonly network: Network;
}
