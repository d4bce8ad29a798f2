/** Puts together what an agent has to know to run a task. Pure. */
import type { TaskDefinitionRecord, TaskEni, TaskRecord } from '../../domain/ecs/records.ts';
import { assignedContainers } from '../../domain/ecs/assigned-containers.ts';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { gatewayAddress, nthAddress } from '../../domain/network/cidr.ts';
import type { RolePolicies } from '../../domain/iam/decide.ts';
import type { VpcRecord } from '../../domain/network/records.ts';
import type { SubnetSpec } from '../../domain/network/vpc.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { dnsDomain } from '../../domain/network/names/dns-names.ts';

export interface AssignmentInput {
  readonly record: TaskRecord;
  readonly definition: TaskDefinitionRecord;
  readonly eni: TaskEni;
  readonly subnet: SubnetSpec;
  readonly vpc: VpcRecord;
  readonly publicAddress?: string | undefined;
  readonly fileSystemPolicies?: RolePolicies | undefined;
}

export function buildAssignment(input: AssignmentInput): TaskAssignment {
  const { record, definition, eni, subnet, vpc, publicAddress, fileSystemPolicies } = input;
  const { taskDefinition } = definition;
  const { account, region, taskId, taskArn, clusterArn, clusterName, cpuArchitecture, createdAt } = record;
  const optional = {
    pidMode: taskDefinition.pidMode,
    taskRoleArn: record.overrides.taskRoleArn ?? taskDefinition.taskRoleArn,
    executionRoleArn: record.overrides.executionRoleArn ?? taskDefinition.executionRoleArn,
    runtimeHandler: record.runtimeHandler,
    defaultLogMode: record.defaultLogMode,
  };
  return {
    ...{ account, region, taskId, taskArn, clusterArn, clusterName, cpuArchitecture, createdAt },
    availabilityZone: subnet.availabilityZone,
    family: taskDefinition.family,
    revision: taskDefinition.revision,
    platformVersion: record.platformVersion,
    cpuUnits: record.cpuUnits,
    memoryMiB: record.memoryMiB,
    ephemeralStorageGiB: record.ephemeralStorageGiB,
    eni: {
      eniId: eni.eniId,
      attachmentId: eni.attachmentId,
      macAddress: eni.macAddress,
      privateIpv4Address: eni.privateIpv4Address,
      subnetId: subnet.subnetId,
      subnetCidr: subnet.cidr,
      gatewayIpv4Address: gatewayAddress(subnet.cidr),
      mtu: platformVersion(record.platformVersion).mtu,
      privateDnsName: eni.privateDnsName === '' ? eni.eniId.slice(-12) : eni.privateDnsName,
      dnsServers: [nthAddress(vpc.cidr, 2)],
      dnsSearchDomains: [dnsDomain(region)],
      securityGroups: record.networkConfiguration.securityGroups,
      ...present({ publicIpv4Address: publicAddress }),
      vpc: { vpcId: vpc.vpcId, cidr: vpc.cidr, routedFromHost: false },
    },
    containers: assignedContainers(record, taskDefinition),
    volumes: taskDefinition.volumes,
    ...(taskDefinition.enableFaultInjection === true && { enableFaultInjection: true }),
    ...(fileSystemPolicies !== undefined && saidOfFileSystems(fileSystemPolicies)),
    ...present(optional),
  };
}

function saidOfFileSystems({
  identity,
  boundary,
}: RolePolicies): Pick<TaskAssignment, 'fileSystemPolicy' | 'fileSystemBoundary'> {
  return { fileSystemPolicy: identity, ...(boundary !== undefined && { fileSystemBoundary: boundary }) };
}

/** The members that are there: an assignment has no empty ones. */
function present(members: { readonly [name: string]: string | undefined }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(members).filter((member): member is [string, string] => (member[1] ?? '') !== ''),
  );
}
