/** Refusals of what containers say about each other. */
import { aFargateDefinition, aws, notOneOf, ours, withContainer, withSecond } from './refusal.ts';

const C = 'containerDefinitions[]';
const NAMED = { type: 'APPMESH', containerName: 'app' };
const PROPERTIES = {
  ProxyIngressPort: '15000',
  ProxyEgressPort: '15001',
  AppPorts: '80',
  EgressIgnoredIPs: '169.254.170.2',
  IgnoredUID: '1337',
};

/** App Mesh's proxy with all of its properties but one. */
function proxyWithout(name: keyof typeof PROPERTIES) {
  const left = Object.entries({ ...PROPERTIES, [name]: '' }).map(([key, value]) => ({ name: key, value }));
  return aFargateDefinition({ proxyConfiguration: { ...NAMED, properties: left } });
}

const dependsOn = (containerName: string, condition: string) => ({
  dependsOn: [{ containerName, condition }],
});

export const RELATION_REFUSALS = [
  ours(
    `${C}.dependsOn[].condition`,
    'a condition that does not exist',
    withSecond(dependsOn('app', 'MAYBE')),
    notOneOf(
      'containerDefinitions.2.member.dependsOn.1.member.condition',
      'MAYBE',
      ...['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'],
    ),
  ),
  aws(
    `${C}.dependsOn[].containerName`,
    'an unknown dependency',
    withSecond(dependsOn('db', 'START')),
    "Cannot depend on container + 'db' because it does not exist",
  ),
  ...['SUCCESS', 'COMPLETE'].map((condition) =>
    aws(
      `${C}.dependsOn[].condition`,
      `${condition} of an essential container`,
      withSecond(dependsOn('app', condition)),
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
    ),
  ),
  aws(
    `${C}.dependsOn[].condition`,
    'HEALTHY of a container without check',
    withSecond(dependsOn('app', 'HEALTHY')),
    'A dependency container with HEALTHY condition must have health check configured',
  ),
  ours(
    `${C}.dependsOn`,
    'a circle of dependencies',
    withSecond(dependsOn('app', 'START'), dependsOn('side', 'START')),
    'Container dependencies must not be circular: app -> side -> app.',
  ),
  ours(
    `${C}.dependsOn`,
    'a container that waits for itself',
    withContainer(dependsOn('app', 'START')),
    'Container dependencies must not be circular: app -> app.',
  ),
  ours(
    `${C}.volumesFrom`,
    'a circle by volumes',
    withSecond(dependsOn('app', 'START'), { volumesFrom: [{ sourceContainer: 'side' }] }),
    'Container dependencies must not be circular: app -> side -> app.',
  ),
  aws(
    `${C}.volumesFrom[].sourceContainer`,
    'volumes of an unknown container',
    withContainer({ volumesFrom: [{ sourceContainer: 'nope' }] }),
    "Invalid 'volumesFrom' setting. Unknown container: 'nope'.",
  ),
  ours(
    `${C}.volumesFrom[].sourceContainer`,
    "a container's own volumes",
    withContainer({ volumesFrom: [{ sourceContainer: 'app' }] }),
    "Invalid 'volumesFrom' setting. Unknown container: 'app'.",
  ),
  aws(
    'proxyConfiguration.containerName',
    'an unknown proxy',
    aFargateDefinition({ proxyConfiguration: { containerName: 'envoy' } }),
    'Proxy container [envoy] does not exist.',
  ),
  aws(
    'proxyConfiguration',
    'a proxy in bridge mode',
    withContainer(
      { memory: 128 },
      { networkMode: 'bridge', requiresCompatibilities: ['EC2'], proxyConfiguration: NAMED },
    ),
    'APPMESH proxy configuration is only supported in networkMode=awsvpc',
  ),
  ours(
    'proxyConfiguration.type',
    'a proxy of another kind',
    aFargateDefinition({ proxyConfiguration: { ...NAMED, type: 'ISTIO' } }),
    notOneOf('proxyConfiguration.type', 'ISTIO', 'APPMESH'),
  ),
  aws(
    'proxyConfiguration.properties',
    'a proxy without way in',
    proxyWithout('ProxyIngressPort'),
    'Ingress port not found',
  ),
  ours(
    'proxyConfiguration.properties',
    'a proxy without way out',
    proxyWithout('ProxyEgressPort'),
    'Egress port not found',
  ),
  aws(
    'proxyConfiguration.properties',
    'a proxy for no port',
    proxyWithout('AppPorts'),
    'App ports not found',
  ),
  ours(
    'proxyConfiguration.properties',
    'a proxy that ignores no address',
    proxyWithout('EgressIgnoredIPs'),
    'Egress ignored IPs not found',
  ),
  ours(
    'proxyConfiguration.properties',
    'a proxy that ignores nobody',
    proxyWithout('IgnoredUID'),
    'Ignored UID or ignored GID not found',
  ),
];
