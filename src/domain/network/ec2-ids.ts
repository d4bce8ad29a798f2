/** Ids of EC2's resources: a prefix that tells the kind, and 17 hexadecimal digits (8 in AWS's early years). */
import type { Ec2Kind } from '../keys.ts';

export const EC2_PREFIXES: Readonly<Record<Ec2Kind, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  'route-table': 'rtb',
  'internet-gateway': 'igw',
  'nat-gateway': 'nat',
  'elastic-ip': 'eipalloc',
  'security-group': 'sg',
  'prefix-list': 'pl',
  eni: 'eni',
  endpoint: 'vpce',
  'flow-log': 'fl',
};

const DIGITS = /^(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** Seventeen digits of which the first is 0, as AWS's are. */
export function ec2Id(prefix: string, hex: (length: number) => string): string {
  return `${prefix}-0${hex(16)}`;
}

/** True for an id with this prefix, whether or not there is such a thing. */
export function isEc2Id(prefix: string, id: string): boolean {
  return id.startsWith(`${prefix}-`) && DIGITS.test(id.slice(prefix.length + 1));
}

/** The kind of resource that an id is of, by its prefix. */
export function ec2KindOf(id: string): Ec2Kind | undefined {
  const prefix = id.slice(0, id.lastIndexOf('-'));
  const found = Object.entries(EC2_PREFIXES).find(([, known]) => known === prefix);
  return found?.[0] as Ec2Kind | undefined;
}
