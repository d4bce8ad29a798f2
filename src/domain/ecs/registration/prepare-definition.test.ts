import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerDefinition, TaskDefinitionInput } from '../task-definition.ts';
import { prepareDefinition } from './prepare-definition.ts';

const ROLE = 'arn:aws:iam::000000000000:role/execution';
const ECR = '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1';

function aDefinition(over: Partial<TaskDefinitionInput> = {}): TaskDefinitionInput {
  return {
    family: 'web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: 'app' }],
    ...over,
  };
}

/** A definition with one container that has these members, too. */
const withContainer = (over: ContainerDefinition, more: Partial<TaskDefinitionInput> = {}) =>
  aDefinition({ containerDefinitions: [{ name: 'app', image: 'app', ...over }], ...more });

const withSecond = (second: ContainerDefinition, first: ContainerDefinition = {}) =>
  aDefinition({
    containerDefinitions: [
      { name: 'app', image: 'app', ...first },
      { name: 'side', image: 'side', ...second },
    ],
  });

const awslogs = (options?: Record<string, string>) => ({
  logConfiguration: { logDriver: 'awslogs', options },
});
const GROUP = { 'awslogs-group': '/app' };

describe('prepareDefinition', () => {
  it('fills in what AWS fills in', () => {
    const input = withContainer({
      portMappings: [{ containerPort: 80 }],
      healthCheck: { command: ['CMD-SHELL', 'true'], retries: 5 },
    });
    const prepared = prepareDefinition({ ...input, cpu: '.25 vCPU', memory: '0.5 GB' });
    assert.equal(prepared.cpu, '256');
    assert.equal(prepared.memory, '512');
    assert.equal(prepared.status, 'ACTIVE');
    assert.deepEqual(prepared.compatibilities, ['EC2', 'FARGATE']);
    assert.deepEqual(prepared.volumes, []);
    assert.deepEqual(prepared.placementConstraints, []);
    assert.deepEqual(prepared.containerDefinitions, [
      {
        name: 'app',
        image: 'app',
        cpu: 0,
        portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
        essential: true,
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        healthCheck: { command: ['CMD-SHELL', 'true'], interval: 30, timeout: 5, retries: 5 },
      },
    ]);
  });

  it('names the attributes that a host would need', () => {
    const prepared = prepareDefinition(
      withContainer({ image: ECR, ...awslogs(GROUP) }, { executionRoleArn: ROLE, taskRoleArn: ROLE }),
    );
    assert.deepEqual(
      prepared.requiresAttributes?.map(({ name }) => name),
      [
        'com.amazonaws.ecs.capability.logging-driver.awslogs',
        'ecs.capability.execution-role-awslogs',
        'com.amazonaws.ecs.capability.ecr-auth',
        'com.amazonaws.ecs.capability.docker-remote-api.1.19',
        'com.amazonaws.ecs.capability.task-iam-role',
        'ecs.capability.execution-role-ecr-pull',
        'com.amazonaws.ecs.capability.docker-remote-api.1.18',
        'ecs.capability.task-eni',
      ],
    );
  });

  it('takes what Fargate does not, if Fargate is not asked for', () => {
    const { compatibilities } = prepareDefinition(
      withContainer(
        { privileged: true, memory: 128 },
        { requiresCompatibilities: undefined, networkMode: 'host' },
      ),
    );
    assert.deepEqual(compatibilities, ['EXTERNAL', 'EC2']);
  });

  it('takes SYS_PTRACE, a stop timeout of two minutes and a whole chain of containers', () => {
    const prepared = prepareDefinition(
      withSecond(
        { dependsOn: [{ containerName: 'app', condition: 'COMPLETE' }], stopTimeout: 120 },
        { essential: false, linuxParameters: { capabilities: { add: ['SYS_PTRACE'], drop: ['ALL'] } } },
      ),
    );
    assert.deepEqual(prepared.compatibilities, ['EC2', 'FARGATE']);
  });
});
