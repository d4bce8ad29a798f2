/** ECR with its registry: what the control plane serves of it. */
import { join } from 'node:path';
import { RegistryChild } from '../../drivers/registry-child/registry-child.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import { RegistryTokens } from '../../services/ecr/authorization/registry-tokens.ts';
import type { EcrDeps } from '../../services/ecr/deps.ts';
import { ImageStore } from '../../services/ecr/images/image-store.ts';
import { LayerUrls } from '../../services/ecr/registry-front/layer-urls.ts';
import { createRegistryFront } from '../../services/ecr/registry-front/registry-front.ts';
import { createEcrService } from '../../services/ecr/service.ts';
import type { Authorizer } from '../../wire/authorization.ts';
import type { FrontDoorRoute } from '../../wire/front-door/front-door.ts';
import type { ServiceDefinition } from '../../wire/service.ts';
import type { Config } from '../config.ts';
import { dataDir } from '../data-dir.ts';

export interface EcrParts {
  readonly service: ServiceDefinition;
  /** The host of layers, and `/v2/`. */
  readonly routes: readonly FrontDoorRoute[];
  /** Deletes in the registry what an earlier process could not any more. */
  emptyTrash(): Promise<void>;
  close(): Promise<void>;
}

export interface EcrNeeds {
  readonly config: Config;
  readonly store: Store;
  readonly logger: Logger;
  /** At least 32 bytes; other keys are derived from it. */
  readonly serverSecret: Uint8Array;
  /** Absent: everybody may do everything. */
  readonly authorizer: Authorizer | undefined;
}

/** The registry itself starts when it is needed first. */
export function createEcrParts({ config, store, logger, serverSecret, authorizer }: EcrNeeds): EcrParts {
  const registry = new RegistryChild({
    ...registryPlaces(config),
    secret: hex(serverSecret),
    clock: systemClock,
    logger,
  });
  const images = new ImageStore({ store, registry, clock: systemClock });
  const deps: EcrDeps = {
    store,
    clock: systemClock,
    ids: randomIds,
    logger,
    registry,
    images,
    tokens: new RegistryTokens(serverSecret),
    layerUrls: new LayerUrls(serverSecret, config.dnsSuffix),
    dnsSuffix: config.dnsSuffix,
    authorizer,
  };
  const { handle, isLayerHost } = createRegistryFront(deps, config);
  return {
    service: createEcrService(deps),
    routes: [
      { pathPrefix: '/', host: isLayerHost, service: 's3', handle },
      { pathPrefix: '/v2/', service: 'ecr.dkr', handle },
    ],
    emptyTrash: () => images.emptyTrash(),
    close: () => registry.close(),
  };
}

function registryPlaces(config: Config) {
  const dir = dataDir(config);
  return { directory: dir.registry, socket: join(dir.run, 'registry.sock') };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
