/** The zone of a new subnet: the one that is asked for by name or id, or the region's first. */
import { findZone, type Zone, zonesOf } from '../../../domain/network/zones.ts';
import { invalidParameterCombination, invalidParameterValue } from '../errors.ts';

export interface ZoneWish {
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
}

/** Throws InvalidParameterCombination, InvalidParameterValue. */
export function askedZone(region: string, { AvailabilityZone, AvailabilityZoneId }: ZoneWish): Zone {
  if (AvailabilityZone !== undefined && AvailabilityZoneId !== undefined) {
    throw invalidParameterCombination(
      "Only one of 'availabilityZone' or 'availabilityZoneId' can be specified",
    );
  }
  const zones = zonesOf(region);
  const asked = AvailabilityZone ?? AvailabilityZoneId;
  const zone = asked === undefined ? zones[0] : findZone(region, asked);
  if (zone !== undefined) return zone;
  const parameter = AvailabilityZone === undefined ? 'availabilityZoneId' : 'availabilityZone';
  throw invalidParameterValue(
    `Value (${asked ?? ''}) for parameter ${parameter} is invalid. Subnets can currently only be created in the following availability zones: ${zones.map(({ zoneName }) => zoneName).join(', ')}.`,
  );
}
