import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_FLOW_LOG_FORMAT, FLOW_LOG_FIELDS, parseFlowLogFormat } from './flow-log-format.ts';
import { recordLine, type RecordContext } from './flow-log-record.ts';
import type { FlowPart } from './flow-parts.ts';
import { FlowPlaces } from './flow-place.ts';
import type { RouteTarget } from '../vpc.ts';

const route = (destinationCidr: string, target: RouteTarget) => ({ destinationCidr, target });
const PLACES = new FlowPlaces(
  {
    cidr: '10.0.0.0/16',
    subnets: [
      {
        ...{ subnetId: 'subnet-1', cidr: '10.0.0.0/20', availabilityZone: 'us-east-1b' },
        routes: [
          route('10.0.0.0/16', { type: 'local' }),
          route('0.0.0.0/0', { type: 'internet-gateway' }),
          route('198.18.0.14/32', { type: 'gateway-endpoint', endpointId: 'vpce-1' }),
          route('203.0.113.0/24', { type: 'blackhole' }),
          route('192.0.2.0/24', {
            type: 'nat-gateway',
            natGatewayId: 'nat-1',
            publicIpv4Address: '198.19.0.9',
          }),
        ],
      },
    ],
  },
  '198.18.0.0/24',
);
const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/default/0123';
const CONTEXT: RecordContext = {
  ...{ account: '123456789012', region: 'us-east-1', vpcId: 'vpc-1', places: PLACES },
  face: {
    ...{
      eniId: 'eni-a',
      subnetId: 'subnet-1',
      availabilityZone: 'us-east-1b',
      privateIpv4Address: '10.0.0.4',
    },
    since: 0,
    task: {
      ...{ taskId: '0123', taskArn: TASK_ARN, clusterName: 'default' },
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
      taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:3',
      containerIds: ['0123-1', '0123-2'],
    },
  },
};
const FLOW: FlowPart = {
  ...{ eniId: 'eni-a', direction: 'egress', action: 'ACCEPT', protocol: 6 },
  ...{ srcaddr: '10.0.0.4', srcport: 40_000, dstaddr: '198.18.0.14', dstport: 443 },
  ...{ pktSrcaddr: '10.0.0.4', pktDstaddr: '198.18.0.14' },
  ...{ packets: 7, bytes: 4_200, tcpFlags: 3, start: 1_700_000_000_999, end: 1_700_000_060_000 },
};
const DEFAULT = parseFlowLogFormat(DEFAULT_FLOW_LOG_FORMAT);
const field = (name: string, flow: Partial<FlowPart> = {}) =>
  recordLine(parseFlowLogFormat(`\${${name}}`), { ...FLOW, ...flow }, CONTEXT);

describe('a record of a flow log', () => {
  it("is a line of the format's fields", () => {
    assert.equal(
      recordLine(DEFAULT, FLOW, CONTEXT),
      '2 123456789012 eni-a 10.0.0.4 198.18.0.14 40000 443 6 7 4200 1700000000 1700000060 ACCEPT OK',
    );
  });

  it('has a value for every field there is', () => {
    const all = Object.keys(FLOW_LOG_FIELDS).map((name) => `\${${name}}`);
    const [words, names] = [recordLine(parseFlowLogFormat(all.join(' ')), FLOW, CONTEXT), all];
    assert.equal(words.split(' ').length, names.length);
    assert.equal(
      words,
      '7 123456789012 eni-a 10.0.0.4 198.18.0.14 40000 443 6 7 4200 1700000000 1700000060 ACCEPT OK ' +
        'vpc-1 subnet-1 - 3 IPv4 10.0.0.4 198.18.0.14 us-east-1 use1-az2 - - - S3 egress 7 ' +
        'arn:aws:ecs:us-east-1:123456789012:cluster/default default - - 0123-1 0123-2 - ' +
        `arn:aws:ecs:us-east-1:123456789012:task-definition/web:3 ${TASK_ARN} 0123`,
    );
  });

  for (const status of ['NODATA', 'SKIPDATA'] as const) {
    it(`says ${status} without a flow`, () => {
      const line = { status, start: 1_700_000_000_000, end: 1_700_000_060_000 };
      assert.equal(
        recordLine(DEFAULT, line, CONTEXT),
        `2 123456789012 eni-a - - - - - - - 1700000000 1700000060 - ${status}`,
      );
    });
  }

  const paths = [
    ['10.0.9.9', '1', 'inside the VPC'],
    ['8.8.8.8', '8', 'by the internet gateway'],
    ['198.18.0.14', '7', 'by a gateway endpoint, whose route is longer'],
    ['192.0.2.1', '1', 'by a NAT gateway, which is in the VPC'],
    ['203.0.113.1', '-', 'nowhere'],
  ] as const;
  for (const [pktDstaddr, path, words] of paths) {
    it(`has the path of traffic ${words}`, () => assert.equal(field('traffic-path', { pktDstaddr }), path));
  }

  it('has no path of traffic that comes in, no flags but of TCP, no service of an address of nobody', () => {
    assert.equal(field('traffic-path', { direction: 'ingress' }), '-');
    assert.equal(field('tcp-flags', { protocol: 17 }), '0');
    assert.equal(field('tcp-flags', { tcpFlags: 0 }), '0');
    assert.equal(field('pkt-src-aws-service'), '-');
    assert.equal(field('pkt-dst-aws-service', { pktDstaddr: '198.18.0.11' }), 'AMAZON');
  });

  it('is not made of link-local traffic, the resolver and the routers', () => {
    for (const address of ['169.254.169.254', '169.254.169.253', '169.254.170.2', '10.0.0.2', '10.0.0.1']) {
      assert.equal(PLACES.isLogged(address), false, address);
    }
    for (const address of ['10.0.0.3', '10.0.0.4', '8.8.8.8', '198.18.0.14']) {
      assert.equal(PLACES.isLogged(address), true, address);
    }
  });
});
