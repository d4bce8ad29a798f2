/** CreateInternetGateway: of no VPC yet. */
import {
  CreateInternetGateway$,
  type CreateInternetGatewayRequest,
  type CreateInternetGatewayResult,
} from '@aws-sdk/client-ec2';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { InternetGatewayRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { internetGatewayView } from './internet-gateway-view.ts';

export function createInternetGatewayOperation({ network, ids, clock }: Ec2Parts) {
  return operation(
    CreateInternetGateway$,
    (
      input: CreateInternetGatewayRequest,
      { scope }: RequestContext,
    ): Promise<CreateInternetGatewayResult> => {
      const internetGatewayId = ec2Id('igw', (length) => ids.hex(length));
      const tags = tagsFor('internet-gateway', input.TagSpecifications);
      const gateway: InternetGatewayRecord = { internetGatewayId, createdAt: clock.now(), tags };
      return network.change(scope, (reader) =>
        Promise.resolve({
          answer: { InternetGateway: internetGatewayView(gateway, scope) },
          writes: [reader.put('internet-gateway', internetGatewayId, gateway)],
        }),
      );
    },
  );
}
