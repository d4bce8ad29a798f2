import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { TaskDefinitionRecord, TaskRecord } from '../../domain/ecs/records.ts';
import type { TaskDefinition } from '../../domain/ecs/task-definition.ts';
import { defaultVpc } from '../../domain/network/default-vpc.ts';
import { buildAssignment } from './build-assignment.ts';

const SCOPE = { account: '000000000000', region: 'eu-west-1' };
const VPC = defaultVpc(SCOPE, '172.31.0.0/16', (text) => createHash('sha256').update(text).digest('hex'));
const SUBNET = VPC.subnets[0] ?? assert.fail('the default VPC has subnets');
const ENI = {
  attachmentId: 'a1',
  attachmentStatus: 'ATTACHING',
  eniId: 'eni-1',
  subnetId: SUBNET.subnetId,
  availabilityZone: SUBNET.availabilityZone,
  macAddress: '0a:00:00:00:00:01',
  privateIpv4Address: '172.31.0.4',
  privateDnsName: 'ip-172-31-0-4.eu-west-1.compute.internal',
} as const;

const role = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;

function assignment(definition: Partial<TaskDefinition>, record: Partial<TaskRecord> = {}) {
  return buildAssignment({
    ...input(definition, record),
    eni: ENI,
    subnet: SUBNET,
    vpc: {
      ...{
        vpcId: VPC.vpcId,
        cidr: VPC.cidr,
        isDefault: true,
        enableDnsSupport: true,
        enableDnsHostnames: true,
      },
      ...{ dhcpOptionsId: 'd', mainRouteTableId: 'r', defaultSecurityGroupId: 's', defaultNetworkAclId: 'a' },
      ...{ createdAt: 0, tags: {} },
    },
  });
}

function input(definition: Partial<TaskDefinition>, over: Partial<TaskRecord>) {
  const taskDefinition: TaskDefinition = {
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:000000000000:task-definition/web:3',
    family: 'web',
    revision: 3,
    status: 'ACTIVE',
    containerDefinitions: [{ name: 'app', image: 'app' }],
    volumes: [],
    placementConstraints: [],
    compatibilities: ['FARGATE'],
    registeredAt: 0,
    ...definition,
  };
  const record: TaskRecord = {
    ...SCOPE,
    taskId: 't1',
    taskArn: 'arn:aws:ecs:eu-west-1:000000000000:task/default/t1',
    clusterName: 'default',
    clusterArn: 'arn:aws:ecs:eu-west-1:000000000000:cluster/default',
    taskDefinitionArn: taskDefinition.taskDefinitionArn,
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
        name: 'app',
        image: 'app',
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
        essential: true,
        cpu: '0',
      },
    ],
    createdAt: 0,
    ...over,
  };
  const kept: TaskDefinitionRecord = { taskDefinition, tags: [] };
  return { definition: kept, record };
}

describe('an assignment', () => {
  it("has the definition's roles, process namespace and volumes", () => {
    const built = assignment({
      taskRoleArn: role('task'),
      executionRoleArn: role('execution'),
      pidMode: 'task',
      volumes: [{ name: 'v' }],
    });
    assert.equal(built.taskRoleArn, role('task'));
    assert.equal(built.executionRoleArn, role('execution'));
    assert.equal(built.pidMode, 'task');
    assert.deepEqual(built.volumes, [{ name: 'v' }]);
  });

  it('has the roles of the request before those of the definition', () => {
    const overrides = { taskRoleArn: role('other'), executionRoleArn: role('another') };
    const built = assignment({ taskRoleArn: role('task'), executionRoleArn: role('x') }, { overrides });
    assert.equal(built.taskRoleArn, role('other'));
    assert.equal(built.executionRoleArn, role('another'));
  });

  it('names the runtime that the task asks for', () => {
    assert.equal(assignment({}, { runtimeHandler: 'gvisor' }).runtimeHandler, 'gvisor');
  });

  it('has no empty members', () => {
    const built = assignment({});
    for (const name of ['taskRoleArn', 'executionRoleArn', 'runtimeHandler', 'pidMode']) {
      assert.ok(!(name in built), name);
    }
  });
});
