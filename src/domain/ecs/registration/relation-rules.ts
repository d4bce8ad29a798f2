/** What containers of a definition say about each other: names exist, nothing goes in circles. */
import { checkEnum } from '../constraints.ts';
import type { ContainerDefinition, ProxyConfiguration, TaskDefinitionInput } from '../task-definition.ts';
import { refuse } from './refuse.ts';

const CODE = 'ClientException';
const CONDITIONS = ['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'];

/** Throws ClientException for the first rule that is broken. */
export function checkRelations(input: TaskDefinitionInput): void {
  const containers = input.containerDefinitions ?? [];
  containers.forEach((container, index) => {
    checkVolumesFrom(container, containers);
    checkDependencies(container, containers, `containerDefinitions.${index + 1}.member.dependsOn`);
  });
  checkNoCircle(containers);
  if (input.proxyConfiguration !== undefined)
    checkProxy(input.proxyConfiguration, containers, input.networkMode);
}

function checkVolumesFrom(container: ContainerDefinition, containers: readonly ContainerDefinition[]): void {
  for (const { sourceContainer } of container.volumesFrom ?? []) {
    if (sourceContainer !== container.name && containers.some(({ name }) => name === sourceContainer))
      continue;
    throw refuse(`Invalid 'volumesFrom' setting. Unknown container: '${sourceContainer ?? ''}'.`);
  }
}

function checkDependencies(
  container: ContainerDefinition,
  containers: readonly ContainerDefinition[],
  path: string,
): void {
  container.dependsOn?.forEach(({ containerName, condition }, index) => {
    checkEnum(CODE, `${path}.${index + 1}.member.condition`, condition, CONDITIONS);
    const dependency = containers.find(({ name }) => name === containerName);
    if (dependency === undefined) {
      throw refuse(`Cannot depend on container + '${containerName}' because it does not exist`);
    }
    if ((condition === 'COMPLETE' || condition === 'SUCCESS') && dependency.essential !== false) {
      throw refuse(
        'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      );
    }
    if (condition === 'HEALTHY' && dependency.healthCheck === undefined) {
      throw refuse('A dependency container with HEALTHY condition must have health check configured');
    }
  });
}

/** Follows dependsOn and volumesFrom, both of which say what has to be there first. */
function checkNoCircle(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const done = new Set<string | undefined>();
  const visit = (name: string | undefined, trail: readonly (string | undefined)[]): void => {
    if (done.has(name)) return;
    if (trail.includes(name)) {
      const circle = [...trail.slice(trail.indexOf(name)), name].join(' -> ');
      throw refuse(`Container dependencies must not be circular: ${circle}.`);
    }
    const container = byName.get(name);
    const next = [
      ...(container?.dependsOn ?? []).map(({ containerName }) => containerName),
      ...(container?.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer),
    ];
    for (const first of next) visit(first, [...trail, name]);
    done.add(name);
  };
  for (const { name } of containers) visit(name, []);
}

/** Each with what AWS says when it is not there; one of the two that name whom to leave alone is enough. */
const PROXY_PROPERTIES = [
  { names: ['ProxyIngressPort'], missing: 'Ingress port not found' },
  { names: ['ProxyEgressPort'], missing: 'Egress port not found' },
  { names: ['AppPorts'], missing: 'App ports not found' },
  { names: ['EgressIgnoredIPs'], missing: 'Egress ignored IPs not found' },
  { names: ['IgnoredUID', 'IgnoredGID'], missing: 'Ignored UID or ignored GID not found' },
] as const;

function checkProxy(
  { type, containerName, properties = [] }: ProxyConfiguration,
  containers: readonly ContainerDefinition[],
  networkMode: string | undefined,
): void {
  checkEnum(CODE, 'proxyConfiguration.type', type, ['APPMESH']);
  if (networkMode !== 'awsvpc') {
    throw refuse('APPMESH proxy configuration is only supported in networkMode=awsvpc');
  }
  if (!containers.some(({ name }) => name === containerName)) {
    throw refuse(`Proxy container [${containerName}] does not exist.`);
  }
  for (const { names, missing } of PROXY_PROPERTIES) {
    const isThere = properties.some(({ name = '', value = '' }) => {
      return (names as readonly string[]).includes(name) && value !== '';
    });
    if (!isThere) throw refuse(missing);
  }
}
