import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../../domain/errors.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { EncoderCompiler } from '../../wire/query/encode.ts';
import { allowing, TASKS_TRUST } from '../../../test/support/iam/iam-under-test.ts';
import { generateValue, seededRandom } from '../../../test/support/fuzz/fuzz.ts';
import { createIamService } from './service.ts';

const SEED = 4711;
const PER_OPERATION = 300;

type Members = Record<string, unknown>;

/** Members that work, so that random ones reach beyond the first check. */
const VALID: Members = {
  RoleName: 'app',
  PolicyName: 'own',
  PolicyArn: 'arn:aws:iam::111122223333:policy/own',
  AssumeRolePolicyDocument: TASKS_TRUST,
  PolicyDocument: allowing('s3:*'),
  PermissionsBoundary: 'arn:aws:iam::111122223333:policy/own',
  Path: '/',
  VersionId: 'v1',
  AWSServiceName: 'ecs.amazonaws.com',
};

describe('IAM under random requests', () => {
  it('answers each with an answer that fits its schema, or with an error of the caller', async () => {
    const random = seededRandom(SEED);
    const deps = { store: new MemoryStore(), clock: { now: () => 1_000 }, ids: randomIds };
    const context = {
      scope: { account: '111122223333', region: 'us-east-1' },
      principalArn: 'arn:aws:iam::111122223333:root',
      requestId: 'r',
      signal: new AbortController().signal,
    };
    const encoders = new EncoderCompiler();
    let answered = 0;
    for (let n = 0; n < PER_OPERATION; n += 1) {
      for (const operation of createIamService(deps).operations) {
        const { name, schema } = operation;
        const hostile = generateValue(schema[4], random, { hostile: true, optionalMembers: 0.3 }) as Members;
        const input = mixed(hostile, random);
        try {
          const output = await operation.handle(input, context);
          if (output !== undefined) encoders.compile(schema[5], name)(output);
          answered += 1;
        } catch (error) {
          assert.ok(isApiError(error), `${name} ${JSON.stringify(input).slice(0, 2000)}: ${String(error)}`);
        }
      }
    }
    assert.ok(answered > PER_OPERATION, `only ${answered} were answered`);
  });
});

/** Each member random, or one that works. */
function mixed(hostile: Members, random: () => number): Members {
  const members = Object.entries(hostile).map(([name, value]) => [
    name,
    VALID[name] !== undefined && random() < 0.85 ? VALID[name] : value,
  ]);
  return Object.fromEntries(members) as Members;
}
