/** What the operations of EFS need from outside. */
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { FileSystemStorage } from '../../ports/file-system-storage.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { DefaultNetworks } from '../ec2/default-network.ts';
import type { Network } from '../ec2/network.ts';

export interface EfsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly storage: FileSystemStorage;
  /** The records of EC2: mount targets have interfaces there. */
  readonly network: Network;
  readonly defaultNetworks: Pick<DefaultNetworks, 'ensure'>;
}
