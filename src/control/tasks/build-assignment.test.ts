import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aTask, DEFINITION, SUBNET, VPC } from '../../../test/support/control/task-records.ts';
import type { TaskRecord } from '../../domain/ecs/records.ts';
import type { TaskDefinition } from '../../domain/ecs/task-definition.ts';
import { buildAssignment } from './build-assignment.ts';

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
    definition: { ...DEFINITION, taskDefinition: { ...DEFINITION.taskDefinition, ...definition } },
    record: aTask('t1', record),
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
