/** An internet gateway as the API shows it, and what its filters look at. */
import type { AttachmentStatus, InternetGateway } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import type { InternetGatewayRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import { tagsView } from '../tags.ts';

/** As AWS answers it, which is not what its schema says. */
const ATTACHED = 'available' as AttachmentStatus;

export function internetGatewayView(gateway: InternetGatewayRecord, { account }: Scope): InternetGateway {
  const { internetGatewayId, vpcId, tags } = gateway;
  return {
    InternetGatewayId: internetGatewayId,
    OwnerId: account,
    Attachments: vpcId === undefined ? [] : [{ VpcId: vpcId, State: ATTACHED }],
    Tags: tagsView(tags),
  };
}

export function internetGatewayFilters({ account }: Scope): FilterFields<InternetGatewayRecord> {
  return {
    'attachment.state': ({ vpcId }) => (vpcId === undefined ? undefined : ATTACHED),
    'attachment.vpc-id': ({ vpcId }) => vpcId,
    'internet-gateway-id': ({ internetGatewayId }) => internetGatewayId,
    'owner-id': () => account,
  };
}
