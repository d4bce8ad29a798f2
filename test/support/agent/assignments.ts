/** Builders of tasks as the control plane hands them over. */
import type { ContainerDefinition } from '../../../src/domain/ecs/task-definition.ts';
import type { AssignedContainer, DesiredTask, TaskAssignment } from '../../../src/domain/task/assignment.ts';
import type { StopReason } from '../../../src/domain/task/lifecycle.ts';

export const STOPPED_BY_TEST: StopReason = { stopCode: 'UserInitiated', reason: 'enough' };

/** The image is named like the container, so that a fake's behaviours are found by one name. */
export function aContainer(name: string, definition: Partial<ContainerDefinition> = {}): AssignedContainer {
  return {
    containerArn: `arn:aws:ecs:eu-west-1:000000000000:container/default/${name}`,
    definition: {
      ...definition,
      name,
      image: definition.image ?? name,
      essential: definition.essential ?? true,
    },
  };
}

export function anAssignment(
  containers: readonly AssignedContainer[] = [aContainer('web')],
  changes: Partial<TaskAssignment> = {},
): TaskAssignment {
  const taskId = changes.taskId ?? '0123456789abcdef0123456789abcdef';
  return {
    taskId,
    taskArn: `arn:aws:ecs:eu-west-1:000000000000:task/default/${taskId}`,
    clusterArn: 'arn:aws:ecs:eu-west-1:000000000000:cluster/default',
    clusterName: 'default',
    account: '000000000000',
    region: 'eu-west-1',
    availabilityZone: 'eu-west-1a',
    family: 'web',
    revision: 1,
    platformVersion: '1.4.0',
    cpuArchitecture: 'X86_64',
    cpuUnits: 256,
    memoryMiB: 512,
    ephemeralStorageGiB: 20,
    eni: {
      eniId: 'eni-0123456789abcdef0',
      attachmentId: 'a',
      macAddress: '0a:00:00:00:00:05',
      privateIpv4Address: '172.31.16.5',
      subnetId: 'subnet-0123456789abcdef0',
      subnetCidr: '172.31.16.0/20',
      gatewayIpv4Address: '172.31.16.1',
      mtu: 9001,
      privateDnsName: 'ip-172-31-16-5.eu-west-1.compute.internal',
      dnsServers: ['172.31.0.2'],
      dnsSearchDomains: ['eu-west-1.compute.internal'],
      securityGroups: ['sg-0123456789abcdef0'],
      vpc: { vpcId: 'vpc-0123456789abcdef0', cidr: '172.31.0.0/16', routedFromHost: true },
    },
    containers,
    volumes: [],
    createdAt: 0,
    ...changes,
  };
}

export function aTask(
  containers?: readonly AssignedContainer[],
  changes?: Partial<TaskAssignment>,
): DesiredTask {
  return { assignment: anAssignment(containers, changes), desiredStatus: 'RUNNING' };
}

export function stopped(task: DesiredTask): DesiredTask {
  return { ...task, desiredStatus: 'STOPPED', stop: STOPPED_BY_TEST };
}
