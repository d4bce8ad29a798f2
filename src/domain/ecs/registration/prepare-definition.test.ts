import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFINITION_REFUSALS } from '../../../../test/support/ecs/refusals/definitions.ts';
import {
  aFargateDefinition,
  ROLE,
  withContainer,
  withSecond,
} from '../../../../test/support/ecs/refusals/refusal.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';
import type { TaskDefinitionInput } from '../task-definition.ts';
import { prepareDefinition } from './prepare-definition.ts';

const ECR = '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1';
const AWSLOGS = {
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '/app', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'app' },
  },
};

const prepare = (input: TaskDefinitionInput) => prepareDefinition(input, '000000000000');

refusesDefinitions('definitions', DEFINITION_REFUSALS);

describe('prepareDefinition', () => {
  it('fills in what AWS fills in', () => {
    const input = withContainer({
      portMappings: [{ containerPort: 80 }],
      healthCheck: { command: ['CMD-SHELL', 'true'], retries: 5 },
    });
    const prepared = prepare({ ...input, cpu: '.25 vCPU', memory: '0.5 GB' });
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
    const prepared = prepare(
      withContainer({ image: ECR, ...AWSLOGS }, { executionRoleArn: ROLE, taskRoleArn: ROLE }),
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
    const { compatibilities } = prepare(
      withContainer(
        { privileged: true, memory: 128 },
        { requiresCompatibilities: undefined, networkMode: 'host' },
      ),
    );
    assert.deepEqual(compatibilities, ['EXTERNAL', 'EC2']);
  });

  it('takes SYS_PTRACE, a stop timeout of two minutes and a whole chain of containers', () => {
    const prepared = prepare(
      withSecond(
        { dependsOn: [{ containerName: 'app', condition: 'COMPLETE' }], stopTimeout: 120 },
        { essential: false, linuxParameters: { capabilities: { add: ['SYS_PTRACE'], drop: ['ALL'] } } },
      ),
    );
    assert.deepEqual(prepared.compatibilities, ['EC2', 'FARGATE']);
  });

  it('makes ARNs of roles that are given by name', () => {
    const { taskRoleArn, executionRoleArn } = prepare(
      aFargateDefinition({ taskRoleArn: 'task', executionRoleArn: ROLE }),
    );
    assert.equal(taskRoleArn, 'arn:aws:iam::000000000000:role/task');
    assert.equal(executionRoleArn, ROLE);
  });

  it('takes any protocol but udp as tcp', () => {
    const portMappings = [
      { containerPort: 80, protocol: 'sctp' },
      { containerPort: 80, protocol: 'udp' },
      { containerPortRange: '90-99' },
    ];
    const [container] = prepare(withContainer({ portMappings })).containerDefinitions;
    assert.deepEqual(container?.portMappings, [
      { containerPort: 80, hostPort: 80, protocol: 'tcp' },
      { containerPort: 80, hostPort: 80, protocol: 'udp' },
      { containerPortRange: '90-99', protocol: 'tcp' },
    ]);
  });

  it('takes an image by its digest, which does not count for the length', () => {
    const image = `${'a'.repeat(255)}@sha256:${'0'.repeat(64)}`;
    assert.equal(prepare(withContainer({ image })).containerDefinitions[0]?.image, image);
  });

  it('takes limits at their ends', () => {
    const containers = [
      { healthCheck: { command: ['/check'], interval: 5, timeout: 2, retries: 1, startPeriod: 0 } },
      { healthCheck: { command: ['CMD', 'a'], interval: 300, timeout: 60, retries: 10, startPeriod: 300 } },
      { startTimeout: 2, stopTimeout: 2, restartPolicy: { enabled: true, restartAttemptPeriod: 60 } },
      { startTimeout: 120, stopTimeout: 120, restartPolicy: { enabled: false, restartAttemptPeriod: 1800 } },
      { ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 1_048_576 }] },
      { ulimits: [{ name: 'nproc', softLimit: -1, hardLimit: -1 }] },
      { systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }] },
      { systemControls: [{ namespace: 'fs.mqueue.msg_max', value: '20' }] },
      { portMappings: [{ containerPort: 65_535, name: 'web-1', appProtocol: 'http2' }] },
      { portMappings: [{ containerPortRange: '1-65535' }] },
    ];
    for (const container of containers) {
      assert.deepEqual(prepare(withContainer(container)).compatibilities, ['EC2', 'FARGATE']);
    }
  });
});
