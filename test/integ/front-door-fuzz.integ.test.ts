import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecs from '@aws-sdk/client-ecs';
import { type AwsJsonService, operation, type OperationSchema } from '../../src/wire/service.ts';
import { signRequest } from '../../src/wire/sigv4/sign.ts';
import { fuzzOperation, generateValue, seededRandom } from '../support/fuzz/fuzz.ts';
import { openFrontDoor, TEST_KEY, type TrivialFrontDoor } from '../support/trivial-front-door.ts';

const BODIES_PER_OPERATION = 25;
const SEED = 20_260_101;

/** A service whose every operation answers a random value of its output. */
function randomService(name: string, targetPrefix: string, client: object): AwsJsonService {
  const random = seededRandom(SEED);
  const schemas = Object.values(client).filter(
    (value): value is OperationSchema => Array.isArray(value) && value[0] === 9 && value.length === 6,
  );
  return {
    name,
    targetPrefix,
    protocol: 'aws-json',
    jsonVersion: '1.1',
    operations: schemas.map((schema) =>
      operation(schema, async () => generateValue(schema[5], random) as object),
    ),
  };
}

const SERVICES = [
  randomService('ecs', 'AmazonEC2ContainerServiceV20141113', ecs),
  randomService('logs', 'Logs_20140328', logs),
];

describe('front door under random requests', () => {
  let front: TrivialFrontDoor;
  before(async () => {
    front = await openFrontDoor(SERVICES);
  });
  after(() => front.door.close());

  for (const service of SERVICES) {
    it(`answers any body for any operation of ${service.name} with 200 or an AWS error of the caller`, async () => {
      const statuses = new Map<number, number>();
      for (const { schema } of service.operations) {
        const headers = (target: string, body: Buffer): Record<string, string> => {
          const base = {
            host: `127.0.0.1:${front.port}`,
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': target,
          };
          const request = { method: 'POST', url: '/', headers: base, body };
          const options = { region: 'us-east-1', service: service.name, nowMs: Date.now() };
          return { ...base, ...signRequest(request, { credentials: TEST_KEY, ...options }) };
        };
        const target = { host: '127.0.0.1', port: front.port, targetPrefix: service.targetPrefix, headers };
        const report = await fuzzOperation(target, schema, BODIES_PER_OPERATION, seededRandom(SEED));
        assert.deepEqual(report.violations, []);
        for (const [status, count] of report.statuses)
          statuses.set(status, (statuses.get(status) ?? 0) + count);
      }
      // Both kinds of answers came, or the bodies are not what they are meant to be.
      assert.ok((statuses.get(200) ?? 0) > 0 && (statuses.get(400) ?? 0) > 0, JSON.stringify([...statuses]));
      assert.deepEqual(front.errors, []);
    });
  }
});
