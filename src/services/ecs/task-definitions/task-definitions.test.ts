import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { aDefinition, EcsUnderTest, refuses, ROOT } from '../../../../test/support/ecs/ecs-under-test.ts';
import { wholeDefinition } from '../../../../test/support/ecs/whole-definition.ts';
import { expireEcsRecords } from '../retention.ts';

const ARN = 'arn:aws:ecs:eu-west-1:000000000000:task-definition/';
const NOT_THERE =
  'The specified task definition does not exist. Specify a valid account, family, revision and try again.';

let ecs: EcsUnderTest;
beforeEach(() => {
  ecs = new EcsUnderTest();
});

const register = (family: string) => ecs.call('RegisterTaskDefinition', aDefinition({ family }));
const deregister = (taskDefinition: string) => ecs.call('DeregisterTaskDefinition', { taskDefinition });
const arnOf = async (taskDefinition: string) =>
  (await ecs.call('DescribeTaskDefinition', { taskDefinition })).taskDefinition?.taskDefinitionArn;

describe('RegisterTaskDefinition', () => {
  it('counts revisions, also when many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, () => register('web')));
    const revisions = answers.map(({ taskDefinition }) => taskDefinition?.revision ?? 0);
    assert.deepEqual(
      revisions.sort((a, b) => a - b),
      Array.from({ length: 64 }, (_, n) => n + 1),
    );
  });

  it('answers with the definition and its circumstances', async () => {
    const tags = [{ key: 'k', value: 'v' }];
    const { taskDefinition, tags: answered } = await ecs.call(
      'RegisterTaskDefinition',
      aDefinition({ tags }),
    );
    assert.equal(taskDefinition?.taskDefinitionArn, `${ARN}web:1`);
    assert.equal(taskDefinition?.status, 'ACTIVE');
    assert.equal(taskDefinition?.registeredBy, ROOT);
    assert.equal(taskDefinition?.registeredAt?.getTime(), ecs.clock.now());
    assert.deepEqual(answered, tags);
    const described = await ecs.call('DescribeTaskDefinition', { taskDefinition: 'web', include: ['TAGS'] });
    assert.deepEqual(described, { taskDefinition, tags });
  });

  it('keeps every member that Fargate takes', async () => {
    const given = wholeDefinition();
    await ecs.call('RegisterTaskDefinition', given);
    const { taskDefinition } = await ecs.call('DescribeTaskDefinition', { taskDefinition: 'web' });
    const { containerDefinitions: [app, router] = [], ...task } = given;
    for (const [member, value] of Object.entries(task)) {
      assert.deepEqual(taskDefinition?.[member as keyof typeof taskDefinition], value, member);
    }
    const [shownApp, shownRouter] = taskDefinition?.containerDefinitions ?? [];
    assert.deepEqual(shownApp, app);
    assert.deepEqual(shownRouter?.firelensConfiguration, router?.firelensConfiguration);
  });

  it('refuses an empty list of tags, fractions and missing members', async () => {
    const call = (over: object) => ecs.call('RegisterTaskDefinition', { ...aDefinition(), ...over });
    await refuses(call({ tags: [] }), 'ClientException', 'Tags can not be empty.');
    await refuses(
      call({ containerDefinitions: [{ name: 'a', image: 'a', cpu: 0.5 }] }),
      'SerializationException',
      'NUMBER_VALUE can not be converted to an Integer',
    );
    await refuses(call({ family: undefined }), 'InvalidParameterException', /'family'/);
  });
});

describe('DescribeTaskDefinition', () => {
  it('finds the newest ACTIVE revision by family, any by revision', async () => {
    for (let n = 0; n < 3; n += 1) await register('web');
    await deregister('web:3');
    assert.equal(await arnOf('web'), `${ARN}web:2`);
    assert.equal(await arnOf('web:3'), `${ARN}web:3`);
    assert.equal(await arnOf(`${ARN}web:1`), `${ARN}web:1`);
  });

  for (const [name, taskDefinition, message] of [
    ['an unknown family', 'none', 'Unable to describe task definition.'],
    ['an unknown revision', 'web:7', 'Unable to describe task definition.'],
    ['a revision that is no number', 'web:x', 'Invalid revision number. Number: x'],
    ['an ARN of something else', 'arn:aws:ecs:eu-west-1:000000000000:task/a/b', 'Invalid arn syntax.'],
  ] as const) {
    it(`refuses ${name}`, async () => {
      await register('web');
      await refuses(ecs.call('DescribeTaskDefinition', { taskDefinition }), 'ClientException', message);
    });
  }
});

describe('DeregisterTaskDefinition', () => {
  it('makes a revision INACTIVE, twice with the same answer', async () => {
    await register('web');
    const first = await deregister('web:1');
    assert.equal(first.taskDefinition?.status, 'INACTIVE');
    assert.equal(first.taskDefinition?.deregisteredAt?.getTime(), ecs.clock.now());
    assert.deepEqual(await deregister('web:1'), first);
    await refuses(
      ecs.call('DescribeTaskDefinition', { taskDefinition: 'web' }),
      'ClientException',
      'Unable to describe task definition.',
    );
    await register('web');
    assert.equal(await arnOf('web'), `${ARN}web:2`);
  });

  it('finds the newest of what is left when all go at once', async () => {
    for (let n = 0; n < 6; n += 1) await register('web');
    await Promise.all([2, 4, 5, 6].map((revision) => deregister(`web:${revision}`)));
    assert.equal(await arnOf('web'), `${ARN}web:3`);
  });

  it('refuses what is not there', async () => {
    await refuses(deregister('web:1'), 'ClientException', NOT_THERE);
    await refuses(deregister('web'), 'ClientException', 'Revision is missing.');
  });
});

describe('DeleteTaskDefinitions', () => {
  it('deletes what is INACTIVE once no task uses it', async () => {
    const task = await ecs.run(await ecs.ready());
    const remove = () => ecs.call('DeleteTaskDefinitions', { taskDefinitions: ['web:1', 'none:1'] });
    assert.deepEqual((await remove()).failures, [
      {
        arn: 'web:1',
        reason:
          'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      },
      { arn: 'none:1', reason: NOT_THERE },
    ]);
    await deregister('web:1');
    const { taskDefinitions } = await remove();
    assert.equal(taskDefinitions?.[0]?.status, 'DELETE_IN_PROGRESS');
    assert.equal(await expireEcsRecords(ecs, ecs.clock.now()), 0);
    assert.equal(await arnOf('web:1'), `${ARN}web:1`);
    await ecs.change(task.taskArn, { lastStatus: 'STOPPED' });
    assert.equal(await expireEcsRecords(ecs, ecs.clock.now()), 1);
    await refuses(
      ecs.call('DescribeTaskDefinition', { taskDefinition: 'web:1' }),
      'ClientException',
      'Unable to describe task definition.',
    );
    assert.equal((await register('web')).taskDefinition?.revision, 2);
  });
});

describe('ListTaskDefinitions', () => {
  it('lists by family, status and order, in pages', async () => {
    for (const family of ['api', 'api', 'web', 'web', 'web-old']) await register(family);
    await deregister('web:1');
    const list = async (input: object) =>
      (await ecs.call('ListTaskDefinitions', input)).taskDefinitionArns?.map((arn) => arn.slice(ARN.length));
    assert.deepEqual(await list({ familyPrefix: 'web' }), ['web:2']);
    assert.deepEqual(await list({ familyPrefix: 'web', status: 'INACTIVE' }), ['web:1']);
    assert.deepEqual(await list({ familyPrefix: 'api', sort: 'DESC' }), ['api:2', 'api:1']);
    assert.equal((await list({}))?.length, 4);
    const first = await ecs.call('ListTaskDefinitions', { sort: 'DESC', maxResults: 3 });
    const rest = await ecs.call('ListTaskDefinitions', {
      sort: 'DESC',
      maxResults: 3,
      nextToken: first.nextToken,
    });
    assert.deepEqual(rest.taskDefinitionArns, [`${ARN}api:1`]);
    const foreign = ecs.call('ListTaskDefinitions', { sort: 'ASC', nextToken: first.nextToken });
    await refuses(foreign, 'InvalidParameterException', 'Invalid token.');
  });
});

describe('ListTaskDefinitionFamilies', () => {
  it('tells ACTIVE families from INACTIVE ones', async () => {
    for (const family of ['api', 'web', 'web-old']) await register(family);
    await deregister('web-old:1');
    const list = async (input: object) => (await ecs.call('ListTaskDefinitionFamilies', input)).families;
    assert.deepEqual(await list({}), ['api', 'web']);
    assert.deepEqual(await list({ status: 'INACTIVE' }), ['web-old']);
    assert.deepEqual(await list({ status: 'ALL', familyPrefix: 'web' }), ['web', 'web-old']);
  });
});
