/** What every container definition must keep to, whatever it is to run on. */
import { ApiError } from '../../errors.ts';
import { checkEnum, checkLength, checkRange, constraintError } from '../constraints.ts';
import type { ContainerDefinition, PortMapping } from '../task-definition.ts';

const CODE = 'ClientException';
const MAX_CONTAINERS = 10;
const NAME = /^[a-zA-Z0-9\-_]{1,255}$/;
const IMAGE = /^[a-zA-Z0-9\-_:./#@+]{1,255}$/;
const MAX_PORT = 65_535;
const MIN_MEMORY_MIB = 6;
const MAX_ENVIRONMENT_FILES = 10;

const ULIMITS = [
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending',
  'stack',
].flatMap((line) => line.split(' '));
const CAPABILITIES = [
  'ALL AUDIT_CONTROL AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID',
  'IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN',
  'NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT',
  'SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME',
  'SYS_TTY_CONFIG SYSLOG WAKE_ALARM',
].flatMap((line) => line.split(' '));

/** Throws ClientException for the first rule that is broken. */
export function checkContainers(
  containers: readonly ContainerDefinition[],
  networkMode: string | undefined,
): void {
  if (containers.length === 0) throw new ApiError(CODE, 'Container list cannot be empty.');
  if (containers.length > MAX_CONTAINERS) throw new ApiError(CODE, 'Too many containers.');
  containers.forEach((container, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    checkIdentity(container);
    checkResources(container, path);
    checkPorts(container, path, networkMode);
    checkEnvironment(container, path);
    checkTimes(container, path);
    checkHealth(container, path);
    checkLinux(container, path);
  });
  const twice = duplicates(containers.map(({ name }) => name));
  if (twice.length > 0) {
    throw new ApiError(
      CODE,
      `Duplicate container names found: ${twice.join(', ')}. Each container name must be unique.`,
    );
  }
  if (containers.every(({ essential }) => essential === false)) {
    throw new ApiError(CODE, 'A task definition must have at least one essential container.');
  }
}

function checkIdentity({ name, image }: ContainerDefinition): void {
  for (const [member, value, pattern] of [
    ['name', name, NAME],
    ['image', image, IMAGE],
  ] as const) {
    if (value === undefined || value === '') {
      throw new ApiError(CODE, `Container.${member} should not be null or empty.`);
    }
    if (!pattern.test(value)) throw new ApiError(CODE, `Container.${member} contains invalid characters.`);
  }
}

function checkResources(
  { cpu, memory, memoryReservation, ...container }: ContainerDefinition,
  path: string,
): void {
  const unbounded = Number.MAX_SAFE_INTEGER;
  checkRange(CODE, `${path}.cpu`, cpu, { min: 0, max: unbounded });
  checkRange(CODE, `${path}.memory`, memory, { min: MIN_MEMORY_MIB, max: unbounded });
  checkRange(CODE, `${path}.memoryReservation`, memoryReservation, { min: MIN_MEMORY_MIB, max: unbounded });
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    throw new ApiError(
      CODE,
      `Invalid setting for container '${container.name}'. The 'memoryReservation' must be less than or equal to 'memory'.`,
    );
  }
  container.resourceRequirements?.forEach(({ type }, index) => {
    const allowed = ['GPU', 'InferenceAccelerator', 'NeuronDevice'];
    checkEnum(CODE, `${path}.resourceRequirements.${index + 1}.member.type`, type, allowed);
  });
}

function checkPorts(container: ContainerDefinition, path: string, networkMode: string | undefined): void {
  const mappings = container.portMappings ?? [];
  mappings.forEach((mapping, index) => {
    const at = `${path}.portMappings.${index + 1}.member`;
    checkRange(CODE, `${at}.containerPort`, mapping.containerPort, { min: 1, max: MAX_PORT });
    checkRange(CODE, `${at}.hostPort`, mapping.hostPort, { min: 0, max: MAX_PORT });
    checkEnum(CODE, `${at}.protocol`, mapping.protocol, ['tcp', 'udp']);
    checkEnum(CODE, `${at}.appProtocol`, mapping.appProtocol, ['http', 'http2', 'grpc']);
    checkPortRange(mapping, `${at}.containerPortRange`);
    if (networkMode !== 'awsvpc' || mapping.hostPort === undefined) return;
    if (mapping.hostPort !== mapping.containerPort) {
      throw new ApiError(
        CODE,
        'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      );
    }
  });
  if (networkMode === 'awsvpc' && container.disableNetworking === true) {
    throw new ApiError(CODE, 'Disable Networking is not supported on container when networkMode=awsvpc');
  }
}

function checkPortRange({ containerPort, hostPort, containerPortRange }: PortMapping, path: string): void {
  if (containerPortRange === undefined) {
    if (containerPort !== undefined) return;
    throw constraintError(CODE, path.replace(/Range$/, ''), undefined, 'Member must not be null');
  }
  if (containerPort !== undefined || hostPort !== undefined) {
    throw new ApiError(CODE, 'cannot specify both single port and port range');
  }
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(containerPortRange) ?? [];
  if (first === undefined || Number(first) < 1 || Number(last) > MAX_PORT || Number(first) > Number(last)) {
    throw constraintError(CODE, path, containerPortRange, 'Member must be a range of ports, lowest first');
  }
}

function checkEnvironment(
  { environment, environmentFiles, secrets }: ContainerDefinition,
  path: string,
): void {
  const names = new Set((environment ?? []).map(({ name }) => name));
  const twice = duplicates((secrets ?? []).map(({ name }) => name));
  if (twice.length > 0) {
    throw new ApiError(
      CODE,
      `Duplicate secret names found: ${twice.join(', ')}. Each secret name must be unique.`,
    );
  }
  const shared = secrets?.find(({ name }) => names.has(name));
  if (shared !== undefined) {
    throw new ApiError(
      CODE,
      `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${shared.name}'.`,
    );
  }
  checkLength(CODE, `${path}.environmentFiles`, environmentFiles, MAX_ENVIRONMENT_FILES);
  environmentFiles?.forEach(({ type, value }, index) => {
    const at = `${path}.environmentFiles.${index + 1}.member`;
    checkEnum(CODE, `${at}.type`, type, ['s3']);
    if (!/^arn:aws[a-z-]*:s3:::[^/]+\/.+\.env$/.test(value ?? '')) {
      throw constraintError(
        CODE,
        `${at}.value`,
        value,
        'Member must be the ARN of an S3 object that ends in .env',
      );
    }
  });
}

function checkTimes({ startTimeout, restartPolicy }: ContainerDefinition, path: string): void {
  checkRange(CODE, `${path}.startTimeout`, startTimeout, { min: 2, max: Number.MAX_SAFE_INTEGER });
  const { ignoredExitCodes, restartAttemptPeriod } = restartPolicy ?? {};
  checkLength(CODE, `${path}.restartPolicy.ignoredExitCodes`, ignoredExitCodes, 50);
  checkRange(CODE, `${path}.restartPolicy.restartAttemptPeriod`, restartAttemptPeriod, {
    min: 60,
    max: 1800,
  });
}

function checkHealth({ healthCheck }: ContainerDefinition, path: string): void {
  if (healthCheck === undefined) return;
  const at = `${path}.healthCheck`;
  const [kind, ...rest] = healthCheck.command ?? [];
  if (kind === undefined || (kind.startsWith('CMD') && rest.length === 0)) {
    throw constraintError(CODE, `${at}.command`, kind, 'Member must have a command behind CMD or CMD-SHELL');
  }
  checkRange(CODE, `${at}.interval`, healthCheck.interval, { min: 5, max: 300 });
  checkRange(CODE, `${at}.timeout`, healthCheck.timeout, { min: 2, max: 60 });
  checkRange(CODE, `${at}.retries`, healthCheck.retries, { min: 1, max: 10 });
  checkRange(CODE, `${at}.startPeriod`, healthCheck.startPeriod, { min: 0, max: 300 });
}

function checkLinux({ ulimits, linuxParameters }: ContainerDefinition, path: string): void {
  ulimits?.forEach(({ name, softLimit = 0, hardLimit = 0 }, index) => {
    const at = `${path}.ulimits.${index + 1}.member`;
    checkEnum(CODE, `${at}.name`, name, ULIMITS);
    // -1 means no limit.
    if (hardLimit !== -1 && (softLimit === -1 || softLimit > hardLimit)) {
      throw constraintError(CODE, `${at}.softLimit`, softLimit, 'Member must not be greater than hardLimit');
    }
  });
  const { add = [], drop = [] } = linuxParameters?.capabilities ?? {};
  for (const [list, names] of [
    ['add', add],
    ['drop', drop],
  ] as const) {
    names.forEach((name, index) => {
      checkEnum(CODE, `${path}.linuxParameters.capabilities.${list}.${index + 1}.member`, name, CAPABILITIES);
    });
  }
}

/** The values that are there more than once, each once. */
export function duplicates(values: readonly (string | undefined)[]): string[] {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(twice)].filter((value) => value !== undefined);
}
