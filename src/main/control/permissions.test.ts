import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TaskDefinitionRecord } from '../../domain/ecs/records.ts';
import type { RepositoryRecord } from '../../domain/ecr/records.ts';
import type { FileSystemRecord, MountTargetRecord } from '../../domain/efs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { MemoryMetricStore } from '../../drivers/metric-store-memory/memory-metric-store.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { neededPermissions, type NeededPermission } from '../../wire/authorization.ts';
import { permissionsOf } from '../../wire/service.ts';
import { SessionTokens } from '../../wire/sigv4/session-token.ts';
import { PullBoard } from '../../control/tasks/pull-board.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { createAuthorization } from './authorization.ts';
import type { Config } from '../config.ts';
import { loadSettings } from '../config/load-settings.ts';
import { createServices, type Services } from './services.ts';

const SCOPE = { account: '111122223333', region: 'eu-west-1' };
const HERE = `${SCOPE.region}:${SCOPE.account}`;
const HOST = { isRoot: false, home: '/nonexistent', hasTerminal: false };
const SECRET = `arn:aws:secretsmanager:${HERE}:secret:blue-abc123`;
const POLICY = '{"Statement":[]}';

const RECORDS: readonly (readonly [key: string, value: object])[] = [
  [
    keys.managedSecret(SCOPE, 'blue'),
    { name: 'blue', arn: SECRET, tags: [{ key: 'a', value: 'b' }], policy: POLICY } as Partial<SecretRecord>,
  ],
  [keys.repository(SCOPE, 'app'), { tags: [], policyText: POLICY } as Partial<RepositoryRecord>],
  [keys.efs(SCOPE, 'file-system', 'fs-01234567'), { tags: {}, policy: POLICY } as Partial<FileSystemRecord>],
  [
    keys.efs(SCOPE, 'mount-target', 'fsmt-01234567'),
    { fileSystemId: 'fs-01234567' } as Partial<MountTargetRecord>,
  ],
  [keys.family(SCOPE, 'web'), { activeRevision: 7 }],
  [
    keys.taskDefinition(SCOPE, 'web', 7),
    {
      tags: [{ key: 'team', value: 'blue' }],
      taskDefinition: {
        taskDefinitionArn: `arn:aws:ecs:${HERE}:task-definition/web:7`,
        taskRoleArn: 'arn:aws:iam::111122223333:role/app',
        executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
      },
    } as unknown as TaskDefinitionRecord,
  ],
];

/** What an operation acts on, but for the context where it is of no matter. */
const CASES: readonly [service: string, operation: string, input: object, needed: readonly string[]][] = [
  ['ecs', 'ListClusters', {}, ['ecs:ListClusters *']],
  ['ecs', 'DescribeClusters', {}, [`ecs:DescribeClusters arn:aws:ecs:${HERE}:cluster/default`]],
  [
    'ecs',
    'DescribeTasks',
    { cluster: 'blue', tasks: ['0a1b', `arn:aws:ecs:${HERE}:task/blue/2c3d`] },
    [
      `ecs:DescribeTasks arn:aws:ecs:${HERE}:task/blue/0a1b`,
      `ecs:DescribeTasks arn:aws:ecs:${HERE}:task/blue/2c3d`,
    ],
  ],
  [
    'ecs',
    'UpdateTaskProtection',
    { tasks: ['0a1b'], protectionEnabled: true },
    [`ecs:UpdateTaskProtection arn:aws:ecs:${HERE}:task/default/0a1b`],
  ],
  [
    'ecs',
    'GetTaskProtection',
    { tasks: ['0a1b'] },
    [`ecs:GetTaskProtection arn:aws:ecs:${HERE}:task/default/0a1b`],
  ],
  ['ecs', 'StopTask', { task: '0a1b' }, [`ecs:StopTask arn:aws:ecs:${HERE}:task/default/0a1b`]],
  ['ecs', 'ListTasks', { cluster: 'blue' }, [`ecs:ListTasks arn:aws:ecs:${HERE}:container-instance/blue/*`]],
  [
    'ecs',
    'RegisterTaskDefinition',
    { family: 'web', taskRoleArn: 'app', executionRoleArn: 'arn:aws:iam::111122223333:role/execution' },
    [
      'ecs:RegisterTaskDefinition *',
      'iam:PassRole arn:aws:iam::111122223333:role/app',
      'iam:PassRole arn:aws:iam::111122223333:role/execution',
    ],
  ],
  [
    'ecs',
    'RunTask',
    { taskDefinition: 'web' },
    [
      `ecs:RunTask arn:aws:ecs:${HERE}:task-definition/web:7`,
      'iam:PassRole arn:aws:iam::111122223333:role/app',
      'iam:PassRole arn:aws:iam::111122223333:role/execution',
    ],
  ],
  [
    'ecs',
    'RunTask',
    { taskDefinition: 'web:7', overrides: { taskRoleArn: 'execution' } },
    [
      `ecs:RunTask arn:aws:ecs:${HERE}:task-definition/web:7`,
      'iam:PassRole arn:aws:iam::111122223333:role/execution',
    ],
  ],
  ['ecs', 'RunTask', { taskDefinition: 'no' }, [`ecs:RunTask arn:aws:ecs:${HERE}:task-definition/no`]],
  [
    'logs',
    'CreateLogGroup',
    { logGroupName: '/app' },
    [`logs:CreateLogGroup arn:aws:logs:${HERE}:log-group:/app:log-stream:`],
  ],
  [
    'logs',
    'CreateLogStream',
    { logGroupName: '/app', logStreamName: 'a/b' },
    [`logs:CreateLogStream arn:aws:logs:${HERE}:log-group:/app:log-stream:a/b`],
  ],
  [
    'logs',
    'FilterLogEvents',
    { logGroupIdentifier: `arn:aws:logs:${HERE}:log-group:/app:*` },
    [`logs:FilterLogEvents arn:aws:logs:${HERE}:log-group:/app:log-stream:`],
  ],
  ['logs', 'DescribeLogGroups', {}, [`logs:DescribeLogGroups arn:aws:logs:${HERE}:log-group::log-stream:`]],
  ['secretsmanager', 'GetSecretValue', { SecretId: 'blue' }, [`secretsmanager:GetSecretValue ${SECRET}`]],
  [
    'secretsmanager',
    'GetSecretValue',
    { SecretId: 'red' },
    [`secretsmanager:GetSecretValue arn:aws:secretsmanager:${HERE}:secret:red-?????? (red)`],
  ],
  ['secretsmanager', 'ListSecrets', {}, ['secretsmanager:ListSecrets *']],
  [
    'ssm',
    'GetParameters',
    { Names: ['/app/a:3', `arn:aws:ssm:${HERE}:parameter/b`] },
    [
      `ssm:GetParameters arn:aws:ssm:${HERE}:parameter/app/a`,
      `ssm:GetParameters arn:aws:ssm:${HERE}:parameter/b`,
    ],
  ],
  [
    'ssm',
    'GetParametersByPath',
    { Path: '/app/' },
    [`ssm:GetParametersByPath arn:aws:ssm:${HERE}:parameter/app/`],
  ],
  ['ecr', 'GetAuthorizationToken', {}, ['ecr:GetAuthorizationToken *']],
  [
    'ecr',
    'BatchGetImage',
    { repositoryName: 'app' },
    [`ecr:BatchGetImage arn:aws:ecr:${HERE}:repository/app`],
  ],
  [
    'elasticfilesystem',
    'DeleteMountTarget',
    { MountTargetId: 'fsmt-01234567' },
    [`elasticfilesystem:DeleteMountTarget arn:aws:elasticfilesystem:${HERE}:file-system/fs-01234567`],
  ],
  [
    'elasticfilesystem',
    'TagResource',
    { ResourceId: 'fsap-01234567' },
    [`elasticfilesystem:TagResource arn:aws:elasticfilesystem:${HERE}:access-point/fsap-01234567`],
  ],
  ['monitoring', 'PutMetricData', { Namespace: 'App' }, ['cloudwatch:PutMetricData *']],
  ['monitoring', 'GetMetricData', {}, ['cloudwatch:GetMetricData *']],
  ['ec2', 'DescribeVpcs', { VpcIds: ['vpc-1'] }, ['ec2:DescribeVpcs *']],
  [
    'ec2',
    'CreateSubnet',
    { VpcId: 'vpc-1' },
    [`ec2:CreateSubnet arn:aws:ec2:${HERE}:subnet/*`, `ec2:CreateSubnet arn:aws:ec2:${HERE}:vpc/vpc-1`],
  ],
  [
    'ec2',
    'CreateTags',
    { Resources: ['vpc-1', 'subnet-2'] },
    [`ec2:CreateTags arn:aws:ec2:${HERE}:vpc/vpc-1`, `ec2:CreateTags arn:aws:ec2:${HERE}:subnet/subnet-2`],
  ],
];

describe('what operations act on', () => {
  const store = new MemoryStore();
  const config: Config = { ...loadSettings({}, {}, HOST), program: '' };
  let services: Services;
  before(async () => {
    const bytes = Buffer.alloc(32, 1);
    services = createServices({
      config,
      store,
      metrics: new MemoryMetricStore({ clock: new ManualClock() }),
      logger: silentLogger,
      secrets: { sessionKey: bytes.toString('base64') } as never,
      sessions: new SessionTokens(bytes),
      pulls: new PullBoard(),
      authorization: createAuthorization(config, store),
    });
    await store.transact(
      [],
      RECORDS.map(([key, value]) => ({ put: key, value })),
    );
  });
  after(async () => {
    await services.close();
    await store.close();
  });

  const needed = async (
    name: string,
    operation: string,
    input: object,
  ): Promise<readonly NeededPermission[]> => {
    const service = services.definitions.find((each) => each.name === name) ?? assert.fail(name);
    return neededPermissions(permissionsOf(service), operation, input, SCOPE);
  };

  it('is said for every operation, and for no other', () => {
    const unsaid: string[] = [];
    const unknown: string[] = [];
    for (const service of services.definitions) {
      const rules = Object.keys(permissionsOf(service).rules);
      const operations = service.operations.map(({ name }) => name);
      const of = (names: string[]): string[] => names.map((name) => `${service.name} ${name}`);
      unsaid.push(...of(operations.filter((name) => !rules.includes(name))));
      unknown.push(...of(rules.filter((name) => !operations.includes(name))));
    }
    assert.deepEqual(
      { unsaid, unknown },
      { unsaid: [], unknown: [] },
      'permissions.ts of the service says it',
    );
  });

  for (const [service, operation, input, wanted] of CASES) {
    it(`${service} ${operation} ${JSON.stringify(input)}`, async () => {
      const found = await needed(service, operation, input);
      const words = found.map(
        ({ action, arn, shownAs }) => `${action} ${arn}${shownAs === undefined ? '' : ` (${shownAs})`}`,
      );
      assert.deepEqual(words, wanted);
    });
  }

  it('comes with the keys for conditions, and with the policies of resources', async () => {
    const contextOf = async (...asked: Parameters<typeof needed>) => (await needed(...asked))[0]?.context;
    const tags = [{ key: 'stage', value: 'test' }];
    assert.deepEqual(await contextOf('ecs', 'RunTask', { taskDefinition: 'web', cluster: 'blue', tags }), {
      'ecs:cluster': `arn:aws:ecs:${HERE}:cluster/blue`,
      'ecs:enable-execute-command': 'false',
      'aws:RequestTag/stage': 'test',
      'aws:TagKeys': ['stage'],
      'aws:ResourceTag/team': 'blue',
      'ecs:ResourceTag/team': 'blue',
    });
    assert.deepEqual(await contextOf('secretsmanager', 'GetSecretValue', { SecretId: SECRET }), {
      'secretsmanager:SecretId': SECRET,
      'secretsmanager:VersionStage': 'AWSCURRENT',
      'aws:ResourceTag/a': 'b',
      'secretsmanager:ResourceTag/a': 'b',
    });
    const passed = (await needed('ecs', 'RunTask', { taskDefinition: 'web' }))[1];
    assert.deepEqual(passed?.context, { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' });
    for (const [service, operation, input] of [
      ['secretsmanager', 'GetSecretValue', { SecretId: 'blue' }],
      ['ecr', 'BatchGetImage', { repositoryName: 'app' }],
      ['elasticfilesystem', 'DescribeFileSystems', { FileSystemId: 'fs-01234567' }],
    ] as const) {
      assert.equal((await needed(service, operation, input))[0]?.policy, POLICY);
    }
  });
});
