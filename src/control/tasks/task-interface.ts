/** The interface that a task gets: its record, as the task's own part and as EC2's. Pure but for chance. */
import type { TaskEni, TaskRecord } from '../../domain/ecs/records.ts';
import { privateDnsName } from '../../domain/network/names/dns-names.ts';
import type { EniRecord, SubnetRecord, VpcRecord } from '../../domain/network/records.ts';
import type { IdSource } from '../../ports/clock.ts';

export interface InterfacePlace {
  readonly vpc: VpcRecord;
  readonly subnet: SubnetRecord;
  readonly address: string;
  /** With `assignPublicIp`. */
  readonly publicAddress?: string;
  readonly machineId: string;
}

export function newTaskEni(record: TaskRecord, place: InterfacePlace, ids: IdSource): TaskEni {
  const { vpc, subnet, address } = place;
  const hasName = vpc.enableDnsSupport && vpc.enableDnsHostnames;
  const mac = ids.hex(10).match(/../g)?.join(':') ?? '';
  return {
    attachmentId: record.attachmentId,
    attachmentStatus: 'ATTACHING',
    eniId: `eni-0${ids.hex(16)}`,
    subnetId: subnet.subnetId,
    availabilityZone: subnet.availabilityZone,
    macAddress: `0a:${mac}`,
    privateIpv4Address: address,
    privateDnsName: hasName ? privateDnsName(record.region, address) : '',
  };
}

/** What EC2 shows of it: the public address is there alone. */
export function taskEniRecord(
  record: TaskRecord,
  eni: TaskEni,
  place: InterfacePlace,
  createdAt: number,
): EniRecord {
  const { subnet, publicAddress, machineId } = place;
  const { eniId, availabilityZone, macAddress, privateIpv4Address, attachmentId } = eni;
  return {
    ...{ eniId, subnetId: subnet.subnetId, vpcId: subnet.vpcId, availabilityZone, macAddress },
    ...{ privateIpv4Address, privateDnsName: eni.privateDnsName },
    ...(publicAddress === undefined ? {} : { publicIpv4Address: publicAddress }),
    securityGroups: record.networkConfiguration.securityGroups,
    description: `arn:aws:ecs:${record.region}:${record.account}:attachment/${attachmentId}`,
    owner: { type: 'task', taskArn: record.taskArn, attachmentId, machineId },
    createdAt,
    tags: {},
  };
}
