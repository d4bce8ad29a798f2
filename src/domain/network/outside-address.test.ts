import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publicRoutes, subnetOf } from '../../ports/testing/vpc-picture.ts';
import { outsideAddress } from './outside-address.ts';
import type { RoutePicture } from './vpc.ts';

const VPC = { vpcId: 'vpc-01', cidr: '10.7.0.0/16', routedFromHost: false };
const SERVICE = '198.18.0.11';
const OWN = '198.19.0.1';
const GATEWAY = '198.19.0.9';

const to = (target: RoutePicture['target'], destinationCidr = '0.0.0.0/0'): RoutePicture => ({
  destinationCidr,
  target,
});
const INTERNET = to({ type: 'internet-gateway' });
const NAT = to({ type: 'nat-gateway', natGatewayId: 'nat-1', publicIpv4Address: GATEWAY });

const CASES: readonly [name: string, routes: readonly RoutePicture[], address: string | undefined][] = [
  ['its own, behind an internet gateway', publicRoutes(VPC), OWN],
  ['the NAT gateway’s, behind one', [NAT], GATEWAY],
  ['that of the closest route', [to(INTERNET.target, `${SERVICE}/32`), NAT], OWN],
  ['none without a way out', publicRoutes(VPC).slice(0, 1), undefined],
  ['none behind a route that is dead', [to({ type: 'blackhole' })], undefined],
];

describe('the address that the internet sees', () => {
  for (const [name, routes, address] of CASES) {
    it(`is ${name}`, () => {
      const picture = { subnets: [subnetOf(VPC, 0, [INTERNET]), subnetOf(VPC, 16, [...routes])] };
      const asked = { from: '10.7.16.4', to: SERVICE, publicAddress: OWN };
      assert.equal(outsideAddress(picture, asked), address);
    });
  }

  it('is none of an interface without a public address, or outside all subnets', () => {
    const picture = { subnets: [subnetOf(VPC, 16)] };
    const asked = { from: '10.7.16.4', to: SERVICE, publicAddress: undefined };
    assert.equal(outsideAddress(picture, asked), undefined);
    assert.equal(outsideAddress(picture, { ...asked, from: '10.7.64.4', publicAddress: OWN }), undefined);
  });
});
