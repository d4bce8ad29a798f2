/** What ECR works with. */
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { Authorizer } from '../../wire/authorization.ts';
import type { RegistryTokens } from './authorization/registry-tokens.ts';
import type { LayerUrls } from './registry-front/layer-urls.ts';
import type { ImageStore } from './images/image-store.ts';

export interface EcrDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly registry: ImageRegistry;
  readonly images: ImageStore;
  readonly tokens: RegistryTokens;
  readonly layerUrls: LayerUrls;
  /** Of what is asked of the registry itself; absent: everybody may do everything. */
  readonly authorizer?: Authorizer | undefined;
  /** What the names of AWS services end in. */
  readonly dnsSuffix: string;
}
