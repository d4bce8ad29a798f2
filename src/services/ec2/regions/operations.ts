/** The operations on what AWS itself has: regions and their zones. */
import { describeAvailabilityZonesOperation } from './describe-availability-zones.ts';
import { describeRegionsOperation } from './describe-regions.ts';

export const REGION_OPERATIONS = [describeAvailabilityZonesOperation, describeRegionsOperation] as const;
