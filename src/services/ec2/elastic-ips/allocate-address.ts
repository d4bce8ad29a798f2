/** AllocateAddress: an elastic address out of the setting's pool. */
import {
  AllocateAddress$,
  type AllocateAddressRequest,
  type AllocateAddressResult,
} from '@aws-sdk/client-ec2';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { ElasticIpRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { PUBLIC_POOL } from './address-view.ts';
import { claimPublicAddress } from './public-pool.ts';

export function allocateAddressOperation(parts: Ec2Parts) {
  const { network, ids, clock } = parts;
  return operation(
    AllocateAddress$,
    (input: AllocateAddressRequest, { scope }: RequestContext): Promise<AllocateAddressResult> => {
      checkKind(input, scope.region);
      const tags = tagsFor('elastic-ip', input.TagSpecifications);
      const allocationId = ec2Id('eipalloc', (length) => ids.hex(length));
      return network.change(scope, async (reader) => {
        const claim = await claimPublicAddress(reader, parts, allocationId, input.Address);
        const publicIpv4Address = claim.address;
        const record: ElasticIpRecord = { allocationId, publicIpv4Address, createdAt: clock.now(), tags };
        return {
          answer: {
            AllocationId: allocationId,
            PublicIp: publicIpv4Address,
            Domain: 'vpc' as const,
            PublicIpv4Pool: PUBLIC_POOL,
            NetworkBorderGroup: scope.region,
          },
          writes: [claim.write, reader.put('elastic-ip', allocationId, record)],
          conditions: [claim.condition],
        };
      });
    },
  );
}

function checkKind(input: AllocateAddressRequest, region: string): void {
  const {
    Domain: domain = 'vpc',
    PublicIpv4Pool: pool = PUBLIC_POOL,
    NetworkBorderGroup: group = region,
  } = input;
  if (domain !== 'vpc') throw unsupported('Addresses of EC2-Classic are not supported.');
  if (pool !== PUBLIC_POOL || input.IpamPoolId !== undefined || input.CustomerOwnedIpv4Pool !== undefined) {
    throw unsupported('Address pools of your own are not supported.');
  }
  if (group !== region) {
    throw invalidParameterValue(`Value (${group}) for parameter networkBorderGroup is invalid.`);
  }
}
