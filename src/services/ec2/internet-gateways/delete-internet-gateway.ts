/** DeleteInternetGateway: once it is detached. Routes to it become blackholes. */
import { DeleteInternetGateway$, type DeleteInternetGatewayRequest } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function deleteInternetGatewayOperation({ network }: Ec2Parts) {
  return operation(
    DeleteInternetGateway$,
    ({ InternetGatewayId: id = '' }: DeleteInternetGatewayRequest, { scope }: RequestContext) =>
      network.change(scope, async (reader) => {
        const { vpcId } = await reader.require('internet-gateway', id);
        if (vpcId !== undefined) {
          throw dependencyViolation(`The internetGateway '${id}' has dependencies and cannot be deleted.`);
        }
        return { answer: undefined, writes: [reader.remove('internet-gateway', id)] };
      }),
  );
}
