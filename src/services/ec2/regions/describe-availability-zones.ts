/** DescribeAvailabilityZones: three of the caller's region. */
import {
  DescribeAvailabilityZones$,
  type DescribeAvailabilityZonesRequest,
  type DescribeAvailabilityZonesResult,
} from '@aws-sdk/client-ec2';
import { type Zone, zonesOf } from '../../../domain/network/zones.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue } from '../errors.ts';
import { type FilterFields, filtered } from '../filters.ts';

export function describeAvailabilityZonesOperation() {
  return operation(
    DescribeAvailabilityZones$,
    async (
      input: DescribeAvailabilityZonesRequest,
      { scope: { region } }: RequestContext,
    ): Promise<DescribeAvailabilityZonesResult> => {
      const named = chosen(zonesOf(region), input);
      const zones = named.map((zone) => ({ ...zone, tags: {} }));
      return {
        AvailabilityZones: filtered(zones, input.Filters, zoneFilters(region)).map((zone) => ({
          ZoneName: zone.zoneName,
          ZoneId: zone.zoneId,
          RegionName: region,
          GroupName: `${region}-zg-1`,
          NetworkBorderGroup: region,
          ZoneType: 'availability-zone',
          OptInStatus: 'opt-in-not-required',
          State: 'available',
          Messages: [],
        })),
      };
    },
  );
}

function chosen(zones: readonly Zone[], input: DescribeAvailabilityZonesRequest): readonly Zone[] {
  const { ZoneNames: names = [], ZoneIds: ids = [] } = input;
  const unknown = [
    ...names.filter((name) => !zones.some(({ zoneName }) => zoneName === name)),
    ...ids.filter((id) => !zones.some(({ zoneId }) => zoneId === id)),
  ];
  if (unknown.length > 0) {
    throw invalidParameterValue(`Invalid availability zones: [${unknown.join(', ')}]`);
  }
  if (names.length + ids.length === 0) return zones;
  return zones.filter(({ zoneName, zoneId }) => names.includes(zoneName) || ids.includes(zoneId));
}

function zoneFilters(region: string): FilterFields<Zone> {
  return {
    'group-name': () => `${region}-zg-1`,
    message: () => undefined,
    'opt-in-status': () => 'opt-in-not-required',
    'parent-zone-id': () => undefined,
    'parent-zone-name': () => undefined,
    'region-name': () => region,
    state: () => 'available',
    'zone-id': ({ zoneId }) => zoneId,
    'zone-name': ({ zoneName }) => zoneName,
    'zone-type': () => 'availability-zone',
  };
}
