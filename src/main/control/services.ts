/** The AWS services that the control plane serves, with what each needs. */
import type { PullBoard } from '../../control/tasks/pull-board.ts';
import { DirectoryFileSystemStorage } from '../../drivers/file-systems-directory/directory-file-system-storage.ts';
import { Re2LinePatterns } from '../../drivers/line-patterns-re2/re2-line-patterns.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { SealingKeyFile } from '../../drivers/system/sealing-key-file.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricStore } from '../../ports/metric-store.ts';
import type { Store } from '../../ports/store.ts';
import { createCloudWatchServices } from '../../services/cloudwatch/service.ts';
import { DefaultNetworks } from '../../services/ec2/default-network.ts';
import { Network } from '../../services/ec2/network.ts';
import { createEc2Service } from '../../services/ec2/service.ts';
import { createEcsService } from '../../services/ecs/service.ts';
import { FileSystemFiles } from '../../services/efs/file-systems/file-system-files.ts';
import { createEfsService } from '../../services/efs/service.ts';
import { ManagedPolicies } from '../../services/iam/managed-policies.ts';
import { createIamService } from '../../services/iam/service.ts';
import { createLogsService } from '../../services/logs/service.ts';
import { createNeargateService } from '../../services/neargate/service.ts';
import { SealedValues } from '../../services/sealed-values.ts';
import { createSecretsManagerService } from '../../services/secretsmanager/service.ts';
import { createSsmService } from '../../services/ssm/service.ts';
import { createStsService } from '../../services/sts/service.ts';
import type { FrontDoorRoute } from '../../wire/front-door/front-door.ts';
import type { ServiceDefinition } from '../../wire/service.ts';
import type { SessionTokens } from '../../wire/sigv4/session-token.ts';
import type { Authorization } from './authorization.ts';
import type { Config } from '../config.ts';
import { dataDir } from '../data-dir.ts';
import { createEcrParts } from './ecr-parts.ts';
import type { HousekeepingTask } from './housekeeping.ts';
import { createS3Route } from './s3-route.ts';
import type { ServerSecrets } from './server-secrets.ts';

export interface ServicesParts {
  readonly config: Config;
  readonly store: Store;
  readonly metrics: MetricStore;
  readonly logger: Logger;
  readonly secrets: ServerSecrets;
  readonly sessions: SessionTokens;
  readonly pulls: PullBoard;
  readonly authorization: Authorization;
}

export interface Services {
  readonly definitions: readonly ServiceDefinition[];
  readonly routes: readonly FrontDoorRoute[];
  readonly housekeeping: readonly HousekeepingTask[];
  /** Finishes what an earlier process left undone. */
  start(): void;
  close(): Promise<void>;
}

export function createServices(parts: ServicesParts): Services {
  const { config, store, metrics, logger, secrets, sessions, pulls, authorization } = parts;
  const base = { store, clock: systemClock, ids: randomIds, logger };
  const defaultNetworks = new DefaultNetworks({ ...base, vpcCidr: config.vpcCidr });
  const network = new Network(store);
  const serverSecret = Buffer.from(secrets.sessionKey, 'base64');
  const sealed = new SealedValues(new SealingKeyFile(config.sealingKeyFile));
  const ecr = createEcrParts({ config, store, logger, serverSecret, authorizer: authorization.authorizer });
  const s3 = createS3Route(config.s3Endpoint, config.dnsSuffix);
  const storage = new DirectoryFileSystemStorage({ root: dataDir(config).fileSystems });
  const files = new FileSystemFiles({ ...base, storage });
  return {
    definitions: [
      createEcsService({
        ...base,
        platformLatest: config.platformLatest,
        runtimes: config.runtimes,
        ensureNetwork: (scope) => defaultNetworks.ensure(scope),
        mayAssume: authorization.mayAssume,
      }),
      createLogsService({ ...base, patterns: new Re2LinePatterns() }),
      ...createCloudWatchServices({ metrics, clock: systemClock }),
      createEc2Service({
        ...base,
        network,
        defaultNetworks,
        vpcCidr: config.vpcCidr,
        publicCidr: config.publicCidr,
        serviceCidr: config.serviceCidr,
        uplinkCidr: config.uplinkCidr,
        dnsSuffix: config.dnsSuffix,
      }),
      ecr.service,
      createSecretsManagerService({ ...base, sealed }),
      createSsmService({ ...base, sealed }),
      createIamService(base),
      createStsService({
        clock: systemClock,
        sessions,
        roles: authorization.roles,
        policies: new ManagedPolicies(store),
        enforces: config.iam === 'enforce',
      }),
      createEfsService({ ...base, storage, network, defaultNetworks }, files),
      createNeargateService(pulls),
    ],
    routes: [...ecr.routes, ...s3.routes],
    housekeeping: [() => ecr.emptyTrash(), () => files.settleSoon()],
    start: () => files.settleSoon(),
    async close() {
      s3.close();
      await ecr.close();
    },
  };
}
