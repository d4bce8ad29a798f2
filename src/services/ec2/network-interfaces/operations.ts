/** The operations on network interfaces. */
import { describeNetworkInterfaceAttributeOperation } from './describe-network-interface-attribute.ts';
import { describeNetworkInterfacesOperation } from './describe-network-interfaces.ts';
import {
  deleteNetworkInterfaceOperation,
  detachNetworkInterfaceOperation,
  modifyNetworkInterfaceAttributeOperation,
} from './managed-interfaces.ts';

export const NETWORK_INTERFACE_OPERATIONS = [
  describeNetworkInterfacesOperation,
  describeNetworkInterfaceAttributeOperation,
  modifyNetworkInterfaceAttributeOperation,
  detachNetworkInterfaceOperation,
  deleteNetworkInterfaceOperation,
] as const;
