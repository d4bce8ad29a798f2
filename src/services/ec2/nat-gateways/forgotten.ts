/** NAT gateways that ended more than an hour ago leave the store with the next change. */
import type { Write } from '../../../ports/store.ts';
import type { NetworkReader } from '../network.ts';
import { isForgotten } from './nat-gateway-view.ts';

export async function forgottenGateways(reader: NetworkReader, now: number): Promise<readonly Write[]> {
  const gateways = await reader.all('nat-gateway');
  return gateways
    .filter((gateway) => isForgotten(gateway, now))
    .map(({ natGatewayId }) => reader.remove('nat-gateway', natGatewayId));
}
