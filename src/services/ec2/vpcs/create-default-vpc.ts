/** CreateDefaultVpc: a default VPC in the place of one that was deleted. */
import {
  CreateDefaultVpc$,
  type CreateDefaultVpcRequest,
  type CreateDefaultVpcResult,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { defaultVpc } from '../../../domain/network/default-vpc.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import { dhcpOptionsId, newDefaultVpc } from '../../../domain/network/new-vpc.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { defaultVpcWrites, sha256 } from '../default-network.ts';
import type { Ec2Parts } from '../parts.ts';
import { vpcView } from './vpc-view.ts';

const DIGITS = 16;

export function createDefaultVpcOperation({ network, ids, clock, vpcCidr }: Ec2Parts) {
  return operation(
    CreateDefaultVpc$,
    (_input: CreateDefaultVpcRequest, { scope }: RequestContext): Promise<CreateDefaultVpcResult> =>
      network.change(scope, async (reader) => {
        if ((await reader.all('vpc')).some(({ isDefault }) => isDefault)) {
          throw new ApiError(
            'DefaultVpcAlreadyExists',
            'A Default VPC already exists for this account in this region.',
          );
        }
        const id = (prefix: string): string => ec2Id(prefix, (length) => ids.hex(length));
        const plan = defaultVpc(scope, vpcCidr, () => ids.hex(DIGITS));
        const request = { scope, cidr: vpcCidr, now: clock.now(), id };
        const parts = newDefaultVpc(request, plan, dhcpOptionsId(scope, sha256));
        return {
          answer: { Vpc: vpcView(parts.vpc, scope, 'pending') },
          writes: defaultVpcWrites(reader, parts),
        };
      }),
  );
}
