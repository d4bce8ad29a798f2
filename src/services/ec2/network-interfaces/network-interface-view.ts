/** A network interface as the API shows it. All of them are managed by a service: whoever owns it is the requester. */
import type {
  NetworkInterface,
  NetworkInterfaceAssociation,
  NetworkInterfaceAttachment,
  NetworkInterfaceType,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { publicDnsName } from '../../../domain/network/names/dns-names.ts';
import type { ElasticIpRecord, EniOwner, EniRecord } from '../../../domain/network/records.ts';
import { tagsView } from '../tags.ts';

/** What is shown with an interface but belongs to other resources. */
export interface InterfaceSurroundings {
  readonly scope: Scope;
  readonly dnsSuffix: string;
  readonly groupName: (groupId: string) => string | undefined;
  /** Whether the VPC gives its interfaces DNS names. */
  readonly hasDnsNames: (vpcId: string) => boolean;
  readonly zoneId: (availabilityZone: string) => string | undefined;
  readonly elasticIp: (eniId: string) => ElasticIpRecord | undefined;
}

interface OwnerView {
  /** As AWS answers it, which is not always what its schema says. */
  readonly interfaceType: string;
  /** Who asked for the interface, and whose instance it is attached to. */
  readonly requesterId: string;
  readonly instanceOwnerId: string;
}

const OWNERS: Readonly<Record<EniOwner['type'], OwnerView>> = {
  task: { interfaceType: 'interface', requesterId: 'amazon-ecs', instanceOwnerId: 'amazon-ecs' },
  endpoint: { interfaceType: 'vpc_endpoint', requesterId: 'amazon-aws', instanceOwnerId: 'amazon-aws' },
  'nat-gateway': { interfaceType: 'nat_gateway', requesterId: 'amazon-aws', instanceOwnerId: 'amazon-aws' },
  'mount-target': {
    interfaceType: 'efs',
    requesterId: 'amazon-elasticfilesystem',
    instanceOwnerId: 'amazon-aws',
  },
};

const DEVICE_INDEX = 1;

export function networkInterfaceView(eni: EniRecord, around: InterfaceSurroundings): NetworkInterface {
  const { interfaceType, requesterId } = OWNERS[eni.owner.type];
  const dnsName = around.hasDnsNames(eni.vpcId) ? { PrivateDnsName: eni.privateDnsName } : {};
  const association = associationView(eni, around);
  return {
    NetworkInterfaceId: eni.eniId,
    InterfaceType: interfaceType as NetworkInterfaceType,
    Status: 'in-use',
    Description: eni.description,
    OwnerId: around.scope.account,
    RequesterId: requesterId,
    RequesterManaged: true,
    VpcId: eni.vpcId,
    SubnetId: eni.subnetId,
    AvailabilityZone: eni.availabilityZone,
    AvailabilityZoneId: around.zoneId(eni.availabilityZone),
    MacAddress: eni.macAddress,
    SourceDestCheck: eni.owner.type !== 'nat-gateway',
    PrivateIpAddress: eni.privateIpv4Address,
    ...dnsName,
    PrivateIpAddresses: [
      { Primary: true, PrivateIpAddress: eni.privateIpv4Address, ...dnsName, ...association },
    ],
    Ipv6Addresses: [],
    Groups: eni.securityGroups.map((GroupId) => ({ GroupId, GroupName: around.groupName(GroupId) })),
    Attachment: attachmentView(eni),
    ...association,
    TagSet: tagsView(eni.tags),
  };
}

export function attachmentView(eni: EniRecord): NetworkInterfaceAttachment {
  return {
    AttachmentId: `ela-attach-${eni.eniId.replace('eni-', '')}`,
    AttachTime: new Date(eni.createdAt),
    DeleteOnTermination: false,
    DeviceIndex: DEVICE_INDEX,
    NetworkCardIndex: 0,
    InstanceOwnerId: OWNERS[eni.owner.type].instanceOwnerId,
    Status: 'attached',
  };
}

function associationView(
  eni: EniRecord,
  { scope, dnsSuffix, hasDnsNames, elasticIp }: InterfaceSurroundings,
): { Association?: NetworkInterfaceAssociation } {
  const address = eni.publicIpv4Address;
  if (address === undefined) return {};
  const elastic = elasticIp(eni.eniId);
  return {
    Association: {
      PublicIp: address,
      PublicDnsName: hasDnsNames(eni.vpcId) ? publicDnsName(scope.region, address, dnsSuffix) : '',
      IpOwnerId: elastic === undefined ? 'amazon' : scope.account,
      ...(elastic === undefined
        ? {}
        : { AllocationId: elastic.allocationId, AssociationId: elastic.associationId }),
    },
  };
}
