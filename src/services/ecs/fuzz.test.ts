import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../../domain/errors.ts';
import { resolveShape } from '../../wire/aws-json/shape.ts';
import { aDefinition, aRunTask, EcsUnderTest } from '../../../test/support/ecs/ecs-under-test.ts';
import { generateValue, seededRandom } from '../../../test/support/fuzz.ts';

const SEED = 4711;
const PER_OPERATION = 100;

type Members = Record<string, unknown>;

/** Requests that work, so that random members reach beyond the first check. */
const VALID: Readonly<Record<string, object>> = {
  RegisterTaskDefinition: aDefinition(),
  RunTask: aRunTask(),
  DescribeTasks: { tasks: ['f'.repeat(32)] },
  DescribeTaskDefinition: { taskDefinition: 'web' },
};

describe('ECS under random requests', () => {
  it('answers each with an answer that fits its schema, or with an error of the caller', async () => {
    const random = seededRandom(SEED);
    const ecs = new EcsUnderTest();
    await ecs.ready();
    for (const { name, schema } of ecs.service.operations) {
      for (let n = 0; n < PER_OPERATION; n += 1) {
        const generated = generateValue(schema[4], random, {
          hostile: true,
          optionalMembers: 0.3,
        }) as Members;
        const input =
          VALID[name] !== undefined && n % 3 > 0 ? mixed(VALID[name], generated, random) : generated;
        const failure = await failureOf(ecs.call(name as 'RunTask', input as never));
        assert.equal(failure, undefined, `${name} ${JSON.stringify(input).slice(0, 2000)}`);
      }
    }
  });

  it('answers definitions with any one container member', async () => {
    const random = seededRandom(SEED);
    const ecs = new EcsUnderTest();
    await ecs.call('CreateCluster', {});
    const register = ecs.service.operations.find(({ name }) => name === 'RegisterTaskDefinition');
    const request = resolveShape(register?.schema[4]);
    assert.ok(request.kind === 'structure');
    const list = request.members.find(({ name }) => name === 'containerDefinitions');
    for (let n = 0; n < PER_OPERATION; n += 1) {
      const [generated = {}] = generateValue(list?.schema, random, { optionalMembers: 0.9 }) as Members[];
      const container = mixed({ name: 'app', image: 'app' }, generated, random);
      const definition = aDefinition({ containerDefinitions: [container], executionRoleArn: 'role' });
      const failure = await failureOf(ecs.call('RegisterTaskDefinition', definition));
      assert.equal(failure, undefined, JSON.stringify(container).slice(0, 2000));
      const run = await failureOf(ecs.call('RunTask', aRunTask()));
      assert.equal(run, undefined, JSON.stringify(container).slice(0, 2000));
    }
  });
});

/** The valid request with one or two random members. */
function mixed(valid: object, generated: Members, random: () => number): object {
  const names = Object.keys(generated);
  const chosen = [0, 1].map(() => names[Math.floor(random() * names.length)] ?? '');
  return { ...valid, ...Object.fromEntries(chosen.map((name) => [name, generated[name]])) };
}

async function failureOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isApiError(error) && error.code !== 'ServerException') return undefined;
    return String(error instanceof Error ? error.stack : error);
  }
}
