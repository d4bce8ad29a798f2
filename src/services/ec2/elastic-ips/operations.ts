/** The operations on elastic addresses. */
import { allocateAddressOperation } from './allocate-address.ts';
import { associateAddressOperation, disassociateAddressOperation } from './associate-address.ts';
import { describeAddressesAttributeOperation } from './describe-addresses-attribute.ts';
import { describeAddressesOperation } from './describe-addresses.ts';
import { releaseAddressOperation } from './release-address.ts';

export const ELASTIC_IP_OPERATIONS = [
  allocateAddressOperation,
  releaseAddressOperation,
  describeAddressesOperation,
  describeAddressesAttributeOperation,
  associateAddressOperation,
  disassociateAddressOperation,
] as const;
