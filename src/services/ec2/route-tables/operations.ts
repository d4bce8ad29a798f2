/** The operations on route tables, their routes and associations. */
import { associateRouteTableOperation } from './associate-route-table.ts';
import { createRouteOperation } from './create-route.ts';
import { createRouteTableOperation } from './create-route-table.ts';
import { deleteRouteOperation } from './delete-route.ts';
import { deleteRouteTableOperation } from './delete-route-table.ts';
import { describeRouteTablesOperation } from './describe-route-tables.ts';
import { disassociateRouteTableOperation } from './disassociate-route-table.ts';
import { replaceRouteOperation } from './replace-route.ts';
import { replaceRouteTableAssociationOperation } from './replace-route-table-association.ts';

export const ROUTE_TABLE_OPERATIONS = [
  createRouteTableOperation,
  deleteRouteTableOperation,
  describeRouteTablesOperation,
  createRouteOperation,
  replaceRouteOperation,
  deleteRouteOperation,
  associateRouteTableOperation,
  disassociateRouteTableOperation,
  replaceRouteTableAssociationOperation,
] as const;
