/** All services with their operations as they are served, none of which is to be run here. */
import { createCloudWatchServices } from '../../../src/services/cloudwatch/service.ts';
import { createEc2Service } from '../../../src/services/ec2/service.ts';
import { createEcrService } from '../../../src/services/ecr/service.ts';
import { createEcsService } from '../../../src/services/ecs/service.ts';
import { createEfsService } from '../../../src/services/efs/service.ts';
import { createIamService } from '../../../src/services/iam/service.ts';
import { createLogsService } from '../../../src/services/logs/service.ts';
import { createNeargateService } from '../../../src/services/neargate/service.ts';
import { createSecretsManagerService } from '../../../src/services/secretsmanager/service.ts';
import { createSsmService } from '../../../src/services/ssm/service.ts';
import { createStsService } from '../../../src/services/sts/service.ts';
import type { ServiceDefinition } from '../../../src/wire/service.ts';

/** A service that speaks several protocols is there once for each. */
export function servedServices(): readonly ServiceDefinition[] {
  return [
    createEcsService(noParts()),
    createLogsService(noParts()),
    ...createCloudWatchServices(noParts()),
    createEc2Service(noParts()),
    createEcrService(noParts()),
    createSecretsManagerService(noParts()),
    createSsmService(noParts()),
    createIamService(noParts()),
    createStsService(noParts()),
    createEfsService(noParts(), noParts()),
    createNeargateService(noParts()),
  ];
}

/** Stands for the parts of a service: it is only asked for its operations. */
function noParts(): never {
  return new Proxy(() => undefined, { get: () => noParts(), apply: () => noParts() }) as never;
}
