/** What the operations of EC2 need from outside. */
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { DefaultNetworks } from './default-network.ts';

export interface Ec2Deps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** Makes the network that a scope has from the start, unless that was done before. */
  readonly defaultNetworks: DefaultNetworks;
  /** The range of default VPCs, e.g. `172.31.0.0/16`. */
  readonly vpcCidr: string;
  /** The pool of public addresses, e.g. `198.19.0.0/16`. */
  readonly publicCidr: string;
  /** Where the AWS services are: a /24 of public addresses. */
  readonly serviceCidr: string;
  /** Links between VPCs and their machine. */
  readonly uplinkCidr: string;
  /** What names of services end in: `amazonaws.com`. */
  readonly dnsSuffix: string;
}
