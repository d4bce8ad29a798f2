import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TaskOverride } from '@aws-sdk/client-ecs';
import { assignedContainers } from '../../domain/ecs/assigned-containers.ts';
import { isApiError } from '../../domain/errors.ts';
import { resolveShape, type SchemaRef } from '../../wire/shape.ts';
import { aDefinition, aRunTask, EcsUnderTest } from '../../../test/support/ecs/ecs-under-test.ts';
import { wholeDefinition } from '../../../test/support/ecs/whole-definition.ts';
import { generateValue, seededRandom } from '../../../test/support/fuzz/fuzz.ts';

const SEED = 4711;
const PER_OPERATION = 100;
const DEFINITIONS = 600;

type Members = Record<string, unknown>;

/** Requests that work, so that random members reach beyond the first check. */
const VALID: Readonly<Record<string, object>> = {
  RegisterTaskDefinition: aDefinition(),
  RunTask: aRunTask(),
  DescribeTasks: { tasks: ['f'.repeat(32)] },
  DescribeTaskDefinition: { taskDefinition: 'web' },
};

/** Overrides of the whole definition, each kind. */
const OVERRIDES: TaskOverride = {
  cpu: '512',
  memory: '1024',
  taskRoleArn: 'arn:aws:iam::000000000000:role/other',
  ephemeralStorage: { sizeInGiB: 40 },
  containerOverrides: [
    {
      name: 'app',
      command: ['false'],
      environment: [{ name: 'B', value: '2' }],
      environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/other.env' }],
      cpu: 256,
      memory: 512,
      memoryReservation: 128,
    },
  ],
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
    const list = memberOf(inputOf(ecs, 'RegisterTaskDefinition'), 'containerDefinitions');
    for (let n = 0; n < PER_OPERATION; n += 1) {
      const [generated = {}] = generateValue(list, random, { optionalMembers: 0.9 }) as Members[];
      const container = mixed({ name: 'app', image: 'app' }, generated, random);
      const definition = aDefinition({ containerDefinitions: [container], executionRoleArn: 'role' });
      const failure = await failureOf(ecs.call('RegisterTaskDefinition', definition));
      assert.equal(failure, undefined, JSON.stringify(container).slice(0, 2000));
      const run = await failureOf(ecs.call('RunTask', aRunTask()));
      assert.equal(run, undefined, JSON.stringify(container).slice(0, 2000));
    }
  });

  it('answers whole definitions with hostile changes anywhere, and runs those that it took', async () => {
    const random = seededRandom(SEED);
    let accepted = 0;
    for (let n = 0; n < DEFINITIONS; n += 1) {
      const ecs = new EcsUnderTest();
      await ecs.call('CreateCluster', {});
      const definition = changed(wholeDefinition(), inputOf(ecs, 'RegisterTaskDefinition'), random);
      const words = JSON.stringify(definition).slice(0, 4000);
      const refusal = await refusalOf(ecs.call('RegisterTaskDefinition', definition as never));
      assert.equal(refusal?.failure, undefined, words);
      if (refusal !== undefined) continue;
      accepted += 1;
      const [family = ''] = await familiesOf(ecs);
      const valid = aRunTask({ taskDefinition: family });
      const request = changed({ ...valid, overrides: OVERRIDES }, inputOf(ecs, 'RunTask'), random);
      const ran = `${words} ${JSON.stringify(request).slice(0, 2000)}`;
      assert.equal(await failureOf(ecs.call('RunTask', valid)), undefined, ran);
      assert.equal(await failureOf(ecs.call('RunTask', request as never)), undefined, ran);
      assert.equal(await failureOf(describedAndAssigned(ecs)), undefined, ran);
    }
    // Else the changes are too rough to get anywhere.
    assert.ok(accepted > DEFINITIONS / 20, `${accepted} were accepted`);
    assert.ok(accepted < DEFINITIONS / 2, `${accepted} were accepted`);
  });
});

/** The valid request with one or two random members. */
function mixed(valid: object, generated: Members, random: () => number): object {
  const names = Object.keys(generated);
  const chosen = [0, 1].map(() => names[Math.floor(random() * names.length)] ?? '');
  return { ...valid, ...Object.fromEntries(chosen.map((name) => [name, generated[name]])) };
}

function inputOf(ecs: EcsUnderTest, name: string): SchemaRef {
  const schema = ecs.service.operations.find((operation) => operation.name === name)?.schema;
  assert.ok(schema, name);
  return schema[4];
}

function memberOf(schema: SchemaRef, name: string): SchemaRef {
  const shape = resolveShape(schema);
  assert.ok(shape.kind === 'structure', name);
  return shape.members.find((member) => member.name === name)?.schema;
}

/** The value with one to three changes, each of them anywhere. */
function changed(value: object, schema: SchemaRef, random: () => number): object {
  let next: unknown = value;
  for (let n = Math.floor(random() * 3); n >= 0; n -= 1) next = changedOnce(next, schema, random);
  return next as object;
}

/** Goes down a random way and changes what is there: another value, one more, or none. */
function changedOnce(value: unknown, schema: SchemaRef, random: () => number): unknown {
  const shape = resolveShape(schema);
  const goesOn = random() < 0.85;
  if (goesOn && (shape.kind === 'structure' || shape.kind === 'union') && isObject(value)) {
    const member = shape.members[Math.floor(random() * shape.members.length)];
    if (member === undefined) return value;
    const { [member.name]: inner, ...rest } = value;
    if (!member.required && random() < 0.1) return rest;
    return { ...value, [member.name]: changedOnce(inner, member.schema, random) };
  }
  if (goesOn && shape.kind === 'list' && Array.isArray(value) && value.length > 0) {
    const items: readonly unknown[] = value;
    const at = Math.floor(random() * items.length);
    if (random() < 0.1) return [...items, items[at]];
    return items.map((item, index) => (index === at ? changedOnce(item, shape.member, random) : item));
  }
  return generateValue(schema, random, { hostile: random() < 0.7, optionalMembers: 0.7 });
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function familiesOf(ecs: EcsUnderTest): Promise<string[]> {
  return (await ecs.call('ListTaskDefinitionFamilies', {})).families ?? [];
}

/** What everybody else does with a task: clients look at it, the control plane hands it to a machine. */
async function describedAndAssigned(ecs: EcsUnderTest): Promise<void> {
  const { taskArns: tasks = [] } = await ecs.call('ListTasks', {});
  if (tasks.length === 0) return;
  await ecs.call('DescribeTasks', { tasks, include: ['TAGS'] });
  for (const arn of tasks) {
    const record = await ecs.record(arn);
    const { taskDefinition } = await ecs.call('DescribeTaskDefinition', {
      taskDefinition: record.taskDefinitionArn,
    });
    assignedContainers(record, { containerDefinitions: taskDefinition?.containerDefinitions ?? [] });
  }
}

async function failureOf(call: Promise<unknown>): Promise<string | undefined> {
  return (await refusalOf(call))?.failure;
}

/** Undefined when the call succeeds; `failure` is set when it was not the caller's fault. */
async function refusalOf(call: Promise<unknown>): Promise<{ failure?: string } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isApiError(error) && error.code !== 'ServerException') return {};
    return { failure: String(error instanceof Error ? error.stack : error) };
  }
}
