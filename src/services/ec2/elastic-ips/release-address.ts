/** ReleaseAddress: gives an elastic address back to the pool, unless something has it. */
import { ReleaseAddress$, type ReleaseAddressRequest } from '@aws-sdk/client-ec2';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, managedByService, missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function releaseAddressOperation({ network }: Ec2Parts) {
  return operation(
    ReleaseAddress$,
    ({ AllocationId, PublicIp }: ReleaseAddressRequest, { scope }: RequestContext): Promise<void> => {
      if (AllocationId === undefined && PublicIp === undefined) throw missingParameter('AllocationId');
      if (AllocationId === undefined) {
        throw invalidParameterValue(
          'You must specify an allocation id when releasing a VPC elastic IP address',
        );
      }
      return network.change(scope, async (reader) => {
        const address = await reader.require('elastic-ip', AllocationId);
        if (address.associationId !== undefined) throw managedByService();
        return {
          answer: undefined,
          writes: [
            reader.remove('elastic-ip', AllocationId),
            { delete: keys.publicAddress(address.publicIpv4Address) },
          ],
        };
      });
    },
  );
}
