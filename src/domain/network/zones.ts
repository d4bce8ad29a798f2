/** The Availability Zones of a region: three, in this as in any account. */
export interface Zone {
  readonly zoneName: string;
  readonly zoneId: string;
}

const LETTERS = ['a', 'b', 'c'] as const;

const DIRECTIONS: Readonly<Record<string, string>> = {
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
  central: 'c',
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
  gov: 'g',
};

export function zonesOf(region: string): readonly Zone[] {
  return LETTERS.map((letter, index) => ({
    zoneName: `${region}${letter}`,
    zoneId: `${shortRegion(region)}-az${index + 1}`,
  }));
}

/** The zone of a name or of an id. */
export function findZone(region: string, nameOrId: string): Zone | undefined {
  return zonesOf(region).find(({ zoneName, zoneId }) => zoneName === nameOrId || zoneId === nameOrId);
}

/** As zone ids begin: `use1` for us-east-1. */
function shortRegion(region: string): string {
  return region
    .split('-')
    .map((part, index) => (index === 0 ? part : (DIRECTIONS[part] ?? part)))
    .join('');
}
