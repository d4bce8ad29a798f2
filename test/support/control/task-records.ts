/** Records of tasks as RunTask writes them, in the default VPC of an account. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TaskDefinitionRecord, TaskRecord } from '../../../src/domain/ecs/records.ts';
import { defaultVpc } from '../../../src/domain/network/default-vpc.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';

export const SCOPE = { account: '000000000000', region: 'eu-west-1' };
export const VPC = defaultVpc(SCOPE, '172.31.0.0/16', (text) =>
  createHash('sha256').update(text).digest('hex'),
);
export const SUBNET = VPC.subnets[0] ?? assert.fail('the default VPC has subnets');

export function aTask(taskId: string, over: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...SCOPE,
    taskId,
    taskArn: `arn:aws:ecs:eu-west-1:000000000000:task/default/${taskId}`,
    clusterName: 'default',
    clusterArn: 'arn:aws:ecs:eu-west-1:000000000000:cluster/default',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1',
    version: 1,
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    healthStatus: 'UNKNOWN',
    cpuUnits: 256,
    memoryMiB: 512,
    ephemeralStorageGiB: 20,
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    cpuArchitecture: 'X86_64',
    launchType: 'FARGATE',
    group: 'family:web',
    tags: [],
    enableExecuteCommand: false,
    overrides: {},
    networkConfiguration: { subnets: [SUBNET.subnetId], securityGroups: [], assignPublicIp: 'DISABLED' },
    attachmentId: 'a1',
    containers: [
      {
        containerArn: 'c1',
        name: 'web',
        image: 'web',
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
        essential: true,
        cpu: '0',
      },
    ],
    createdAt: systemClock.now(),
    ...over,
  };
}

export const DEFINITION: TaskDefinitionRecord = {
  taskDefinition: {
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1',
    family: 'web',
    revision: 1,
    status: 'ACTIVE',
    containerDefinitions: [{ name: 'web', image: 'web', essential: true }],
    volumes: [],
    placementConstraints: [],
    compatibilities: ['EC2', 'FARGATE'],
    cpu: '256',
    memory: '512',
    registeredAt: 0,
  },
  tags: [],
};
