/** How often an account may ask EC2 in a region: "Request throttling for the Amazon EC2 API". Each operation has a bucket. */
import type { TokensTaken } from './api-quotas.ts';

type Rate = readonly [atOnce: number, aSecond: number];

const READING: Rate = [100, 20];
/** Of operations that are asked for everything at once. */
const READING_ALL: Rate = [50, 10];
const WRITING: Rate = [50, 5];

/** Those that cost less when they are asked for a part. */
const COSTLY_READS = new Set(['DescribeNetworkInterfaces', 'DescribeSecurityGroups']);

/** Of what is served, those that have rates of their own. */
const OWN: Readonly<Record<string, Rate>> = {
  CreateDefaultSubnet: [1, 1],
  CreateDefaultVpc: [1, 1],
  CreateNatGateway: [10, 1],
  CreateTags: [100, 10],
  CreateVpcEndpoint: [4, 0.3],
  DeleteNatGateway: [10, 1],
  DeleteNetworkInterface: [100, 5],
  DeleteTags: [100, 10],
  DeleteVpcEndpoints: [4, 0.3],
  ModifyNetworkInterfaceAttribute: [100, 5],
  ModifyVpcEndpoint: [4, 0.3],
};

/** What a request takes of its operation's bucket; whole questions have one of their own. */
export function ec2Quota(operation: string, input: object): TokensTaken {
  const isWhole = COSTLY_READS.has(operation) && !asksForPart(input);
  const reads = /^(?:Describe|List|Search|Get)/.test(operation);
  const [atOnce, aSecond] = isWhole ? READING_ALL : (OWN[operation] ?? (reads ? READING : WRITING));
  return { bucket: isWhole ? `${operation} of all` : operation, rate: { atOnce, aSecond }, tokens: 1 };
}

function asksForPart({ MaxResults, Filters }: { MaxResults?: unknown; Filters?: unknown }): boolean {
  return MaxResults !== undefined || (Array.isArray(Filters) && Filters.length > 0);
}
