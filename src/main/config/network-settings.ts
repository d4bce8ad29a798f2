/** Settings of the network of tasks, and of the names in it. */
import { choice, ipv4Range, list, nameServer, onOff, pattern } from './kinds.ts';
import { setting } from './setting.ts';

export const NETWORK_SETTINGS = {
  vpcCidr: setting(ipv4Range(16, 20), {
    fallback: '172.31.0.0/16',
    doc: 'The addresses of the default VPC.',
  }),
  hostRouteToVpc: setting(onOff, {
    fallback: true,
    doc: "Let this host reach the default VPC's private addresses.",
  }),
  hostRouteVpcs: setting(list(pattern(/^[A-Za-z0-9_.:/=+@-]+$/, "must be a VPC's id or name", 'VPC')), {
    fallback: [],
    doc: 'Further VPCs of the account and region above whose private addresses this host can reach: ids, or names by the tag `Name`. Of VPCs whose ranges meet, the first is reached, the default VPC before all others.',
  }),
  uplinkCidr: setting(ipv4Range(16, 24), {
    fallback: '169.254.192.0/20',
    doc: 'Addresses of the links between VPCs and the host; two for each VPC.',
  }),
  publicCidr: setting(ipv4Range(16, 28), {
    fallback: '198.19.0.0/16',
    doc: 'The public addresses that tasks, NAT gateways and elastic addresses get. Beyond the host they are translated to its own (see `publicRouted`).',
  }),
  publicRouted: setting(onOff, {
    fallback: false,
    doc: 'The public addresses lead to this machine: beyond it tasks are seen with them, and reached by them.',
  }),
  serviceCidr: setting(ipv4Range(24, 24), {
    fallback: '198.18.0.0/24',
    doc: 'Where VPCs find the AWS services of this Neargate: public addresses, reached by way of an internet or NAT gateway.',
  }),
  serviceTrust: setting(choice('ca', 'endpoint-url', 'none'), {
    fallback: 'ca',
    doc: "How containers come to use the AWS services of this Neargate: `ca` lets them believe the private authority of the services' certificates, `endpoint-url` sets `AWS_ENDPOINT_URL` to plain HTTP, `none` does nothing (see [AWS services from tasks](how-to/aws-services-from-tasks.md)).",
  }),
  dnsSuffix: setting(pattern(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a domain name', 'DOMAIN'), {
    fallback: 'amazonaws.com',
    doc: 'What the names of AWS services end in, as in `logs.us-east-1.amazonaws.com`.',
  }),
  nameServers: setting(list(nameServer), {
    fallback: [],
    doc: "Who answers names that the resolvers of VPCs do not know themselves, in this order. Without any: those of the host's `/etc/resolv.conf`.",
  }),
} as const;
