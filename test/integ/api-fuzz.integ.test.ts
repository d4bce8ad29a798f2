import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DefaultNetworks } from '../../src/services/ec2/default-network.ts';
import { MemoryMetricStore } from '../../src/drivers/metric-store-memory/memory-metric-store.ts';
import { MemoryStore } from '../../src/drivers/store-memory/memory-store.ts';
import { Re2LinePatterns } from '../../src/drivers/line-patterns-re2/re2-line-patterns.ts';
import { randomIds } from '../../src/drivers/system/random-ids.ts';
import { systemClock } from '../../src/drivers/system/system-clock.ts';
import { createCloudWatchServices } from '../../src/services/cloudwatch/service.ts';
import { createEcsService } from '../../src/services/ecs/service.ts';
import { createLogsService } from '../../src/services/logs/service.ts';
import { SealedValues } from '../../src/services/sealed-values.ts';
import { fixedKey } from '../support/secrets/fixed-key.ts';
import { createSecretsManagerService } from '../../src/services/secretsmanager/service.ts';
import { createSsmService } from '../../src/services/ssm/service.ts';
import { silentLogger } from '../support/agent/silent-logger.ts';
import { fuzzOperation, seededRandom } from '../support/fuzz/fuzz.ts';
import { openFrontDoor, type TrivialFrontDoor } from '../support/trivial-front-door.ts';

const BODIES_PER_OPERATION = 600;
const SEED = 4580;

describe('The real services under random requests', () => {
  const store = new MemoryStore();
  const base = { store, clock: systemClock, ids: randomIds, logger: silentLogger };
  const sealed = new SealedValues(fixedKey());
  const networks = new DefaultNetworks({ ...base, vpcCidr: '172.31.0.0/16' });
  const services = [
    createEcsService({
      ...base,
      platformLatest: '1.4.0',
      runtimes: ['runc'],
      ensureNetwork: (scope) => networks.ensure(scope),
    }),
    createLogsService({ ...base, patterns: new Re2LinePatterns() }),
    createSecretsManagerService({ ...base, sealed }),
    createSsmService({ ...base, sealed }),
    ...createCloudWatchServices({ ...base, metrics: new MemoryMetricStore(base) }).filter(
      (service) => service.protocol === 'aws-json',
    ),
  ];
  let front: TrivialFrontDoor;

  before(async () => {
    front = await openFrontDoor(services, { open: true });
  });
  after(async () => {
    await front.door.close();
    await store.close();
  });

  for (const service of services) {
    for (const { name, schema } of service.operations) {
      it(`${service.name} ${name} answers ${BODIES_PER_OPERATION} bodies with 200 or an error of the caller`, async () => {
        const target = {
          host: '127.0.0.1',
          port: front.port,
          targetPrefix: service.targetPrefix,
          headers: (target: string) => ({
            'content-type': `application/x-amz-json-${service.jsonVersion}`,
            'x-amz-target': target,
          }),
        };
        const report = await fuzzOperation(target, schema, BODIES_PER_OPERATION, seededRandom(SEED));
        assert.deepEqual(report.violations, []);
        assert.deepEqual(front.errors, []);
        const statuses = [...report.statuses];
        assert.equal(
          statuses.reduce((sum, [, count]) => sum + count, 0),
          BODIES_PER_OPERATION,
        );
        assert.ok(
          statuses.some(([status]) => status >= 400),
          'no body was refused',
        );
      });
    }
  }
});
