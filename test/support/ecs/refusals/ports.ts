/** Refusals of port mappings, and of what awsvpc mode settles for all containers. */
import {
  aFargateDefinition,
  aws,
  constraint,
  FIRST,
  notOneOf,
  ours,
  withContainer,
  withSecond,
} from './refusal.ts';

const C = 'containerDefinitions[]';
const P = `${C}.portMappings[]`;
const FIRST_PORT = `${FIRST}.portMappings.1.member`;

const port = (mapping: object) => withContainer({ portMappings: [mapping] });
const ec2 = (networkMode: string, mapping: object) => {
  const portMappings = [mapping];
  return withContainer({ memory: 128, portMappings }, { networkMode, requiresCompatibilities: ['EC2'] });
};

export const PORT_REFUSALS = [
  ours(
    `${P}.containerPort`,
    'port 0',
    port({ containerPort: 0 }),
    "Invalid 'containerPort' setting for container 'app'.",
  ),
  ours(
    `${P}.containerPort`,
    'port 65536',
    port({ containerPort: 65_536 }),
    "Invalid 'containerPort' setting for container 'app'.",
  ),
  ours(
    `${P}.containerPort`,
    'a mapping without port',
    port({ protocol: 'tcp' }),
    "Invalid 'containerPort' setting for container 'app'.",
  ),
  ours(
    `${P}.hostPort`,
    'host port 65536',
    ec2('bridge', { containerPort: 80, hostPort: 65_536 }),
    "Invalid 'hostPort' setting for container 'app'.",
  ),
  aws(
    `${P}.hostPort`,
    'a host port of its own',
    port({ containerPort: 80, hostPort: 8080 }),
    'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
  ),
  aws(
    `${P}.hostPort`,
    'a host port of its own in host mode',
    ec2('host', { containerPort: 80, hostPort: 8080 }),
    'When networkMode=host, the host ports and container ports in port mappings must match.',
  ),
  aws(
    `${P}.containerPortRange`,
    'a port with a range',
    port({ containerPort: 80, containerPortRange: '80-90' }),
    "Invalid port mapping for container 'app', cannot specify both single port and port range.",
  ),
  ...['90-80', '80-80', '0-10', '80-65536', '80', 'a-b'].map((containerPortRange) =>
    aws(
      `${P}.containerPortRange`,
      `the port range ${containerPortRange}`,
      port({ containerPortRange }),
      "Invalid 'containerPortRange' setting for container 'app'.",
    ),
  ),
  ours(
    `${P}.containerPortRange`,
    'a port range in host mode',
    ec2('host', { containerPortRange: '80-90' }),
    'Port ranges are not supported when networkMode=host.',
  ),
  ours(
    `${C}.portMappings`,
    '101 port ranges',
    withContainer({
      portMappings: Array.from({ length: 101 }, (_, n) => {
        return { containerPortRange: `${n * 10 + 1}-${n * 10 + 5}` };
      }),
    }),
    constraint(`${FIRST}.portMappings`, 'list of 101', 'Member must have at most 100 port ranges'),
  ),
  ours(
    `${C}.portMappings`,
    'ports without a network',
    ec2('none', { containerPort: 80 }),
    'Port mappings are not supported when networkMode=none.',
  ),
  aws(
    `${P}.containerPort`,
    'two containers with one port',
    withSecond({ portMappings: [{ containerPort: 80 }] }, { portMappings: [{ containerPort: 80 }] }),
    "TCP container port '80' is used multiple times in task when networkMode=awsvpc.",
  ),
  aws(
    `${P}.containerPortRange`,
    'ranges that overlap',
    withContainer({
      portMappings: [{ containerPortRange: '8080-8090' }, { containerPortRange: '8085-8095' }],
    }),
    "TCP container port '8085' is used multiple times in task when networkMode=awsvpc.",
  ),
  ours(
    `${P}.protocol`,
    'a UDP port within a range of another container',
    withSecond(
      { portMappings: [{ containerPort: 53, protocol: 'udp' }] },
      { portMappings: [{ containerPortRange: '50-60', protocol: 'udp' }] },
    ),
    "UDP container port '53' is used multiple times in task when networkMode=awsvpc.",
  ),
  ours(
    `${P}.name`,
    'a port name in capitals',
    port({ containerPort: 80, name: 'Web' }),
    constraint(
      `${FIRST_PORT}.name`,
      'Web',
      'Member must satisfy regular expression pattern: [a-z0-9_][a-z0-9_-]{0,63}',
    ),
  ),
  aws(
    `${P}.name`,
    'two ports of one name',
    withContainer({
      portMappings: [
        { containerPort: 80, name: 'web' },
        { containerPort: 81, name: 'web' },
      ],
    }),
    'When networkMode=awsvpc, port mapping name is already used',
  ),
  ours(
    `${P}.appProtocol`,
    'an application protocol that does not exist',
    port({ containerPort: 80, appProtocol: 'gopher' }),
    notOneOf(`${FIRST_PORT}.appProtocol`, 'gopher', 'http', 'http2', 'grpc'),
  ),
];

export const NETWORK_MODE_REFUSALS = [
  aws(
    `${C}.links`,
    'links',
    withContainer({ links: ['db'] }),
    'Links are not supported when networkMode=awsvpc.',
  ),
  aws(
    `${C}.disableNetworking`,
    'no networking',
    withContainer({ disableNetworking: true }),
    'Disable Networking is not supported on container when networkMode=awsvpc.',
  ),
  aws(
    `${C}.hostname`,
    'a host name',
    withContainer({ hostname: 'web' }),
    'hostname is not supported on container when networkMode=awsvpc.',
  ),
  aws(
    `${C}.extraHosts`,
    'extra hosts',
    withContainer({ extraHosts: [{ hostname: 'h', ipAddress: '192.0.2.1' }] }),
    'Extra hosts are not supported on container when networkMode=awsvpc.',
  ),
  aws(
    `${C}.dnsServers`,
    'DNS servers',
    withContainer({ dnsServers: ['192.0.2.1'] }),
    'DNS servers are not supported on container when networkMode=awsvpc.',
  ),
  ours(
    `${C}.dnsSearchDomains`,
    'DNS search domains',
    withContainer({ dnsSearchDomains: ['a.b'] }),
    'DNS search domains are not supported on container when networkMode=awsvpc.',
  ),
  aws(
    'networkMode',
    'network mode bridge on Fargate',
    aFargateDefinition({ networkMode: 'bridge' }),
    'Fargate only supports network mode ‘awsvpc’.',
  ),
  aws(
    'networkMode',
    'no network mode on Fargate',
    aFargateDefinition({ networkMode: undefined }),
    'Fargate only supports network mode ‘awsvpc’.',
  ),
  ours(
    'networkMode',
    'a network mode that does not exist',
    aFargateDefinition({ networkMode: 'tube' }),
    notOneOf('networkMode', 'tube', 'bridge', 'host', 'awsvpc', 'none'),
  ),
];
