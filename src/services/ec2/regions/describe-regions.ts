/** DescribeRegions: those that every account of AWS has, and the caller's own. */
import {
  DescribeRegions$,
  type DescribeRegionsRequest,
  type DescribeRegionsResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue } from '../errors.ts';
import { filtered } from '../filters.ts';
import type { Ec2Parts } from '../parts.ts';

const REGIONS: readonly string[] = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

export function describeRegionsOperation({ dnsSuffix }: Ec2Parts) {
  return operation(
    DescribeRegions$,
    async (input: DescribeRegionsRequest, { scope }: RequestContext): Promise<DescribeRegionsResult> => {
      const names = [...new Set([...REGIONS, scope.region])].sort();
      const asked = input.RegionNames ?? [];
      const unknown = asked.filter((name) => !names.includes(name));
      if (unknown.length > 0) throw invalidParameterValue(`Invalid region names: [${unknown.join(', ')}]`);
      const regions = names
        .filter((name) => asked.length === 0 || asked.includes(name))
        .map((name) => ({ name, endpoint: `ec2.${name}.${dnsSuffix}`, tags: {} }));
      const shown = filtered(regions, input.Filters, {
        endpoint: ({ endpoint }) => endpoint,
        'opt-in-status': () => 'opt-in-not-required',
        'region-name': ({ name }) => name,
      });
      return {
        Regions: shown.map(({ name, endpoint }) => ({
          RegionName: name,
          Endpoint: endpoint,
          OptInStatus: 'opt-in-not-required',
        })),
      };
    },
  );
}
