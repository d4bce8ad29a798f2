/** The operations on elastic addresses. */
import { allocateAddressOperation } from './allocate-address.ts';
import { associateAddressOperation, disassociateAddressOperation } from './associate-address.ts';
import { describeAddressesOperation } from './describe-addresses.ts';
import { releaseAddressOperation } from './release-address.ts';

export const ELASTIC_IP_OPERATIONS = [
  allocateAddressOperation,
  releaseAddressOperation,
  describeAddressesOperation,
  associateAddressOperation,
  disassociateAddressOperation,
] as const;
