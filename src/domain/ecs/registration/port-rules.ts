/** Port mappings: each by itself, and in awsvpc mode, where a task has one set of ports, all together. */
import { checkEnum, constraintError } from '../constraints.ts';
import type { ContainerDefinition, PortMapping } from '../task-definition.ts';
import { duplicates, invalidSetting, refuse } from './refuse.ts';

const CODE = 'ClientException';
const MAX_PORT = 65_535;
const MAX_RANGES = 100;
const NAME = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
const APP_PROTOCOLS = ['http', 'http2', 'grpc'];
/** Modes in which a container's port is the host's, or the interface's, port of the same number. */
const SAME_PORTS = ['awsvpc', 'host'];

interface Ports {
  readonly first: number;
  readonly last: number;
}

/** Throws ClientException for the first rule that is broken. */
export function checkPorts(
  containers: readonly ContainerDefinition[],
  networkMode: string | undefined,
): void {
  containers.forEach(({ name, portMappings = [] }, index) => {
    const path = `containerDefinitions.${index + 1}.member.portMappings`;
    if (portMappings.length > 0 && networkMode === 'none') {
      throw refuse('Port mappings are not supported when networkMode=none.');
    }
    const ranges = portMappings.filter(({ containerPortRange }) => containerPortRange !== undefined);
    if (ranges.length > MAX_RANGES) {
      const constraint = `Member must have at most ${MAX_RANGES} port ranges`;
      throw constraintError(CODE, path, `list of ${ranges.length}`, constraint);
    }
    portMappings.forEach((mapping, position) => {
      checkMapping(mapping, name, networkMode);
      checkNames(mapping, `${path}.${position + 1}.member`);
    });
  });
  if (networkMode === 'awsvpc') checkTogether(containers.flatMap(({ portMappings }) => portMappings ?? []));
}

function checkMapping(
  mapping: PortMapping,
  container: string | undefined,
  networkMode: string | undefined,
): void {
  const { containerPort, hostPort, containerPortRange } = mapping;
  if (containerPortRange !== undefined) {
    if (containerPort !== undefined || hostPort !== undefined) {
      throw refuse(
        `Invalid port mapping for container '${container}', cannot specify both single port and port range.`,
      );
    }
    if (portsOf(mapping) === undefined) throw invalidSetting('containerPortRange', container);
    if (networkMode === 'host') throw refuse('Port ranges are not supported when networkMode=host.');
    return;
  }
  if (!isPort(containerPort, 1)) throw invalidSetting('containerPort', container);
  if (hostPort === undefined) return;
  if (!isPort(hostPort, 0)) throw invalidSetting('hostPort', container);
  if (SAME_PORTS.includes(networkMode ?? '') && hostPort !== containerPort) {
    throw refuse(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  }
}

function checkNames({ name, appProtocol }: PortMapping, path: string): void {
  checkEnum(CODE, `${path}.appProtocol`, appProtocol, APP_PROTOCOLS);
  if (name === undefined || NAME.test(name)) return;
  const pattern = 'Member must satisfy regular expression pattern: [a-z0-9_][a-z0-9_-]{0,63}';
  throw constraintError(CODE, `${path}.name`, name, pattern);
}

/** Any two of the task: an interface has each port once, and a name stands for one port. */
function checkTogether(mappings: readonly PortMapping[]): void {
  for (const protocol of ['tcp', 'udp']) {
    const sorted = mappings
      .filter((mapping) => transportOf(mapping) === protocol)
      .map(portsOf)
      .filter((ports) => ports !== undefined)
      .sort((one, other) => one.first - other.first);
    let highest = 0;
    for (const { first, last } of sorted) {
      if (first <= highest) {
        throw refuse(
          `${protocol.toUpperCase()} container port '${first}' is used multiple times in task when networkMode=awsvpc.`,
        );
      }
      highest = Math.max(highest, last);
    }
  }
  if (duplicates(mappings.map(({ name }) => name)).length > 0) {
    throw refuse('When networkMode=awsvpc, port mapping name is already used');
  }
}

/** As AWS documents it, any value but udp counts as tcp. */
export function transportOf({ protocol }: PortMapping): 'tcp' | 'udp' {
  return protocol === 'udp' ? 'udp' : 'tcp';
}

function portsOf({ containerPort, containerPortRange }: PortMapping): Ports | undefined {
  if (containerPortRange === undefined) {
    return containerPort === undefined ? undefined : { first: containerPort, last: containerPort };
  }
  const [, low = '', high = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(containerPortRange) ?? [];
  const [first, last] = [Number(low), Number(high)];
  return isPort(first, 1) && isPort(last, 1) && first < last ? { first, last } : undefined;
}

function isPort(port: number | undefined, lowest: number): boolean {
  return port !== undefined && port >= lowest && port <= MAX_PORT;
}
