import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { pictureOf, SUBNET_ID } from '../../ports/testing/vpc-picture.ts';
import { wantedListeners } from './wanted-listeners.ts';

const VPC = { vpcId: 'vpc-1', cidr: '10.7.0.0/16', routedFromHost: false };
const PLACES = {
  serviceCidr: '198.18.0.0/24',
  services: new Set(['ecs', 'logs']),
  registries: [{ port: 5000, target: { host: '127.0.0.1', port: 39_000 } }],
};

function listeners(changes: Partial<VpcPicture> = {}): string[] {
  return wantedListeners(pictureOf(VPC, changes), PLACES).map(({ address, port, role }) => {
    const what = role.type === 'service' ? `${role.service}${role.secure ? ' tls' : ''}` : role.type;
    return `${address}:${port} ${what}`;
  });
}

describe('what listens in a VPC', () => {
  it('is the resolver, each service at its address, all at one, and registries', () => {
    assert.deepEqual(listeners(), [
      '10.7.0.2:53 dns',
      '10.7.0.2:53 dns',
      '169.254.169.253:53 dns',
      '169.254.169.253:53 dns',
      '198.18.0.1:80 *',
      '198.18.0.1:443 * tls',
      '198.18.0.10:80 ecs',
      '198.18.0.10:443 ecs tls',
      '198.18.0.11:80 logs',
      '198.18.0.11:443 logs tls',
      '198.18.0.2:5000 registry',
    ]);
  });

  it('is no resolver where the DNS support is off', () => {
    assert.ok(!listeners({ enableDnsSupport: false }).some((each) => each.endsWith('dns')));
  });

  it('is the service of an interface endpoint at its interfaces, with or without private DNS', () => {
    const eni = { eniId: 'eni-1', subnetId: SUBNET_ID, securityGroups: [] };
    const interfaces = [
      { ...eni, privateIpv4Address: '10.7.16.9', purpose: 'endpoint' as const },
      { ...eni, eniId: 'eni-2', privateIpv4Address: '10.7.16.10', purpose: 'endpoint' as const },
      { ...eni, eniId: 'eni-3', privateIpv4Address: '10.7.16.11', purpose: 'task-elsewhere' as const },
    ];
    const endpoint = {
      endpointId: 'vpce-1',
      type: 'interface' as const,
      privateDns: false,
      dnsNames: [],
    };
    const endpoints = [
      { ...endpoint, service: 'logs', eniIds: ['eni-1'] },
      // Not a service that is here.
      { ...endpoint, service: 'kms', eniIds: ['eni-2'] },
    ];
    const found = listeners({ interfaces, endpoints }).filter((each) => each.startsWith('10.7.16.'));
    assert.deepEqual(found, ['10.7.16.9:80 logs', '10.7.16.9:443 logs tls']);
  });

  it('is NFS at the mount targets of file systems', () => {
    const eni = { eniId: 'eni-1', subnetId: SUBNET_ID, securityGroups: [], privateIpv4Address: '10.7.16.9' };
    const mountTargets = [
      { mountTargetId: 'fsmt-1', eniId: 'eni-1', availabilityZone: 'eu-west-1a' },
      // Its interface is not known yet.
      { mountTargetId: 'fsmt-2', eniId: 'eni-2', availabilityZone: 'eu-west-1b' },
    ];
    const found = listeners({
      interfaces: [{ ...eni, purpose: 'mount-target' as const }],
      fileSystems: [{ fileSystemId: 'fs-1', mountTargets, accessPoints: [] }],
    });
    assert.deepEqual(
      found.filter((each) => each.startsWith('10.7.16.')),
      ['10.7.16.9:2049 nfs'],
    );
  });
});
