import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  ContainerDefinition,
  RegisterTaskDefinitionRequest,
  RunTaskRequest,
  TaskOverride,
} from '@aws-sdk/client-ecs';
import type { PlatformFeature } from '../../../domain/ecs/platform-version.ts';
import { EcsUnderTest, refuses } from '../../../../test/support/ecs/ecs-under-test.ts';

const INCOMPATIBLE = 'PlatformTaskDefinitionIncompatibilityException';
const MESSAGE = 'One or more of the requested capabilities are not supported.';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-a1b2c3';

interface Case {
  readonly name: string;
  readonly definition?: Partial<RegisterTaskDefinitionRequest>;
  readonly request?: Partial<RunTaskRequest>;
}

const container = (over: ContainerDefinition): Partial<RegisterTaskDefinitionRequest> => ({
  executionRoleArn: 'execution',
  containerDefinitions: [{ name: 'app', image: 'app', ...over }],
});
const secret = (valueFrom: string) => container({ secrets: [{ name: 'PASSWORD', valueFrom }] });
const override = (overrides: TaskOverride): Partial<RunTaskRequest> => ({ overrides });
const FILES = [{ type: 's3' as const, value: 'arn:aws:s3:::bucket/app.env' }];

/** What only 1.4.0 has, each in every way that a task can ask for it. */
const NEEDS: Readonly<Record<PlatformFeature, readonly Case[]>> = {
  arm64: [{ name: 'ARM', definition: { runtimePlatform: { cpuArchitecture: 'ARM64' } } }],
  'efs-volumes': [
    {
      name: 'EFS',
      definition: {
        volumes: [{ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-0123456789abcdef0' } }],
      },
    },
  ],
  'environment-files': [
    { name: 'environment files', definition: container({ environmentFiles: FILES }) },
    {
      name: 'environment files by an override',
      request: override({ containerOverrides: [{ name: 'app', environmentFiles: FILES }] }),
    },
  ],
  'ephemeral-storage-size': [
    { name: 'a larger disk', definition: { ephemeralStorage: { sizeInGiB: 30 } } },
    { name: 'a larger disk by an override', request: override({ ephemeralStorage: { sizeInGiB: 30 } }) },
  ],
  'execute-command': [
    { name: 'commands', definition: { taskRoleArn: 'task' }, request: { enableExecuteCommand: true } },
  ],
  'fault-injection': [{ name: 'fault injection', definition: { enableFaultInjection: true } }],
  'large-sizes': [
    { name: '8 vCPU', definition: { cpu: '8192', memory: '16384' } },
    { name: '16 vCPU', definition: { cpu: '16 vCPU', memory: '32 GB' } },
    { name: '32 vCPU by an override', request: override({ cpu: '32 vCPU', memory: '60 GB' }) },
  ],
  'restart-policy': [
    { name: 'a restart policy', definition: container({ restartPolicy: { enabled: true } }) },
  ],
  'secret-versions': [
    { name: 'a member of a secret', definition: secret(`${SECRET}:password::`) },
    { name: 'a version of a secret', definition: secret(`${SECRET}::AWSPREVIOUS:`) },
  ],
  'sys-ptrace': [
    {
      name: 'SYS_PTRACE',
      definition: container({ linuxParameters: { capabilities: { add: ['SYS_PTRACE'] } } }),
    },
  ],
  'system-controls': [
    {
      name: 'system controls',
      definition: container({ systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }] }),
    },
  ],
  'task-pid-mode': [{ name: 'a shared process namespace', definition: { pidMode: 'task' } }],
};

/** What both versions have. */
const COMMON: readonly Case[] = [
  { name: 'nothing special' },
  { name: 'a whole secret', definition: secret(SECRET) },
  { name: 'a parameter', definition: secret('arn:aws:ssm:eu-west-1:000000000000:parameter/password') },
  {
    name: 'capabilities dropped',
    definition: container({ linuxParameters: { capabilities: { drop: ['ALL'] }, initProcessEnabled: true } }),
  },
  { name: 'a restart policy that is off', definition: container({ restartPolicy: { enabled: false } }) },
  { name: 'the largest of the small sizes', definition: { cpu: '4096', memory: '30720' } },
  {
    name: 'dependencies, timeouts and a health check',
    definition: {
      containerDefinitions: [
        { name: 'db', image: 'db', healthCheck: { command: ['CMD', 'true'] }, stopTimeout: 60 },
        { name: 'app', image: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
      ],
    },
  },
  {
    name: 'FireLens',
    definition: {
      containerDefinitions: [
        { name: 'router', image: 'fluent-bit', firelensConfiguration: { type: 'fluentbit' } },
        { name: 'app', image: 'app', logConfiguration: { logDriver: 'awsfirelens' } },
      ],
    },
  },
];

async function ready({ definition, request }: Case): Promise<[EcsUnderTest, RunTaskRequest]> {
  const ecs = new EcsUnderTest();
  return [ecs, { ...(await ecs.ready(definition)), ...request }];
}

describe('platform version 1.3.0', () => {
  for (const [feature, cases] of Object.entries(NEEDS)) {
    for (const one of cases) {
      it(`refuses ${one.name} (${feature})`, async () => {
        const [ecs, request] = await ready(one);
        await refuses(ecs.call('RunTask', { ...request, platformVersion: '1.3.0' }), INCOMPATIBLE, MESSAGE);
      });
    }
  }

  for (const one of COMMON) {
    it(`takes ${one.name}`, async () => {
      const [ecs, request] = await ready(one);
      const { platformVersion } = await ecs.run({ ...request, platformVersion: '1.3.0' });
      assert.equal(platformVersion, '1.3.0');
    });
  }

  it('has 10 GB for layers and 4 GB for volumes', async () => {
    const [ecs, request] = await ready({ name: '' });
    const task = await ecs.run({ ...request, platformVersion: '1.3.0' });
    assert.equal(task.ephemeralStorage?.sizeInGiB, 14);
  });
});

describe('platform version 1.4.0', () => {
  for (const one of [...Object.values(NEEDS).flat(), ...COMMON]) {
    it(`takes ${one.name}`, async () => {
      const [ecs, request] = await ready(one);
      const { platformVersion } = await ecs.run({ ...request, platformVersion: '1.4.0' });
      assert.equal(platformVersion, '1.4.0');
    });
  }
});

describe('LATEST', () => {
  for (const platformLatest of ['1.3.0', '1.4.0']) {
    for (const platformVersion of ['LATEST', undefined]) {
      it(`is ${platformLatest} by setting, for ${platformVersion ?? 'nothing'}`, async () => {
        const ecs = new EcsUnderTest({ platformLatest });
        const task = await ecs.run({ ...(await ecs.ready()), platformVersion });
        assert.equal(task.platformVersion, platformLatest);
        assert.equal(task.platformFamily, 'Linux');
      });
    }
  }

  it('refuses what the version that it stands for does not have', async () => {
    const ecs = new EcsUnderTest({ platformLatest: '1.3.0' });
    const request = await ecs.ready({ pidMode: 'task' });
    await refuses(ecs.call('RunTask', request), INCOMPATIBLE, MESSAGE);
  });

  it('holds for capacity providers, too', async () => {
    const ecs = new EcsUnderTest({ platformLatest: '1.3.0' });
    const { launchType: _, ...request } = await ecs.ready();
    await ecs.call('PutClusterCapacityProviders', {
      cluster: 'default',
      capacityProviders: ['FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    });
    const task = await ecs.run(request);
    assert.equal(task.capacityProviderName, 'FARGATE_SPOT');
    assert.equal(task.platformVersion, '1.3.0');
  });
});
