/** The operations on access points. */
import { createAccessPointOperation } from './create-access-point.ts';
import { deleteAccessPointOperation } from './delete-access-point.ts';
import { describeAccessPointsOperation } from './describe-access-points.ts';

export const ACCESS_POINT_OPERATIONS = [
  createAccessPointOperation,
  describeAccessPointsOperation,
  deleteAccessPointOperation,
] as const;
