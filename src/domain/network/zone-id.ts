/** AWS's ids of availability zones: a short word for the region, and the zone's number. */

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

/** `use1-az2` for `us-east-1b`. On AWS the numbers differ from account to account; here they are those of the letters. */
export function zoneId(availabilityZone: string): string {
  const letter = availabilityZone.charCodeAt(availabilityZone.length - 1) - 'a'.charCodeAt(0);
  const words = availabilityZone.slice(0, -1).split('-');
  return `${words.map((word) => DIRECTIONS[word] ?? word).join('')}-az${letter + 1}`;
}
