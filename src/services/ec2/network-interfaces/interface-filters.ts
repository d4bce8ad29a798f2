/** What the filters of DescribeNetworkInterfaces look at: what the API shows. */
import type { NetworkInterface } from '@aws-sdk/client-ec2';
import type { EniRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import { type InterfaceSurroundings, networkInterfaceView } from './network-interface-view.ts';

/** As `filtered` takes them, of the view. */
type Look = (view: NetworkInterface) => string | number | boolean | undefined | readonly string[];

const LOOKS: Readonly<Record<string, Look>> = {
  'addresses.association.owner-id': ({ Association }) => Association?.IpOwnerId,
  'addresses.association.public-ip': ({ Association }) => Association?.PublicIp,
  'addresses.primary': ({ PrivateIpAddresses }) => PrivateIpAddresses?.[0]?.Primary,
  'addresses.private-ip-address': ({ PrivateIpAddress }) => PrivateIpAddress,
  'association.allocation-id': ({ Association }) => Association?.AllocationId,
  'association.association-id': ({ Association }) => Association?.AssociationId,
  'association.ip-owner-id': ({ Association }) => Association?.IpOwnerId,
  'association.public-dns-name': ({ Association }) => Association?.PublicDnsName,
  'association.public-ip': ({ Association }) => Association?.PublicIp,
  'attachment.attach-time': ({ Attachment }) => Attachment?.AttachTime?.toISOString(),
  'attachment.attachment-id': ({ Attachment }) => Attachment?.AttachmentId,
  'attachment.delete-on-termination': ({ Attachment }) => Attachment?.DeleteOnTermination,
  'attachment.device-index': ({ Attachment }) => Attachment?.DeviceIndex,
  'attachment.instance-id': ({ Attachment }) => Attachment?.InstanceId,
  'attachment.instance-owner-id': ({ Attachment }) => Attachment?.InstanceOwnerId,
  'attachment.status': ({ Attachment }) => Attachment?.Status,
  'availability-zone': ({ AvailabilityZone }) => AvailabilityZone,
  'availability-zone-id': ({ AvailabilityZoneId }) => AvailabilityZoneId,
  description: ({ Description }) => Description,
  'group-id': ({ Groups = [] }) => Groups.flatMap(({ GroupId }) => GroupId ?? []),
  'group-name': ({ Groups = [] }) => Groups.flatMap(({ GroupName }) => GroupName ?? []),
  'interface-type': ({ InterfaceType }) => InterfaceType,
  'ipv6-addresses.ipv6-address': () => undefined,
  'mac-address': ({ MacAddress }) => MacAddress,
  'network-interface-id': ({ NetworkInterfaceId }) => NetworkInterfaceId,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  'owner-id': ({ OwnerId }) => OwnerId,
  'private-dns-name': ({ PrivateDnsName }) => PrivateDnsName,
  'private-ip-address': ({ PrivateIpAddress }) => PrivateIpAddress,
  'requester-id': ({ RequesterId }) => RequesterId,
  'requester-managed': ({ RequesterManaged }) => RequesterManaged,
  'source-dest-check': ({ SourceDestCheck }) => SourceDestCheck,
  status: ({ Status }) => Status,
  'subnet-id': ({ SubnetId }) => SubnetId,
  'vpc-id': ({ VpcId }) => VpcId,
};

export function interfaceFilters(around: InterfaceSurroundings): FilterFields<EniRecord> {
  const fields = Object.entries(LOOKS).map(
    ([name, look]) => [name, (eni: EniRecord) => look(networkInterfaceView(eni, around))] as const,
  );
  return Object.fromEntries(fields);
}
