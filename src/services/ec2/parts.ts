/** What each operation of EC2 gets. */
import type { Ec2Deps } from './deps.ts';
import type { Network } from './network.ts';

export interface Ec2Parts extends Ec2Deps {
  readonly network: Network;
}
