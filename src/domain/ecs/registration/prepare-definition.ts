/**
 * Turns what RegisterTaskDefinition is given into what it answers: every rule checked, every default filled in, all
 * but the revision and the circumstances of its registration.
 */
import { isApiError } from '../../errors.ts';
import { checkEnum } from '../constraints.ts';
import { checkEnvironment, checkSecrets } from '../environment-rules.ts';
import { checkStorageSize } from '../ephemeral-storage.ts';
import { roleArn } from '../iam-role.ts';
import { isFamilyName } from '../references.ts';
import type {
  ContainerDefinition,
  PortMapping,
  TaskDefinition,
  TaskDefinitionInput,
} from '../task-definition.ts';
import { checkContainers } from './container-rules.ts';
import { checkFargate } from './fargate-rules.ts';
import { checkLogging } from './log-rules.ts';
import { checkNetworkMode } from './network-mode-rules.ts';
import { checkPorts, transportOf } from './port-rules.ts';
import { checkProcesses } from './process-rules.ts';
import { duplicates, refuse } from './refuse.ts';
import { checkRelations } from './relation-rules.ts';
import { requiredAttributes } from './required-attributes.ts';
import {
  checkContainersFit,
  checkContainersHaveMemory,
  definitionSize,
  type DefinitionSize,
} from './size-rules.ts';
import { checkVolumes } from './volume-rules.ts';

const CODE = 'ClientException';
const MAX_BYTES = 65_536;

const COMPATIBILITIES = ['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'];
const NETWORK_MODES = ['bridge', 'host', 'awsvpc', 'none'];
const OS_FAMILIES = [
  'LINUX WINDOWS_SERVER_2004_CORE WINDOWS_SERVER_2016_FULL WINDOWS_SERVER_2019_CORE',
  'WINDOWS_SERVER_2019_FULL WINDOWS_SERVER_2022_CORE WINDOWS_SERVER_2022_FULL',
  'WINDOWS_SERVER_2025_CORE WINDOWS_SERVER_2025_FULL WINDOWS_SERVER_20H2_CORE',
].flatMap((line) => line.split(' '));

/** All of a TaskDefinition that does not depend on when and by whom it is registered. */
export type PreparedDefinition = Omit<
  TaskDefinition,
  'taskDefinitionArn' | 'revision' | 'registeredAt' | 'registeredBy'
>;

/** `account` is where roles live that are given by name. Throws ClientException for the first rule that is broken. */
export function prepareDefinition(given: TaskDefinitionInput, account: string): PreparedDefinition {
  const family = checkFamily(given.family);
  checkBytes(given);
  const input: TaskDefinitionInput = {
    ...given,
    taskRoleArn: roleArn(given.taskRoleArn, account),
    executionRoleArn: roleArn(given.executionRoleArn, account),
  };
  const containers = input.containerDefinitions ?? [];
  checkEnums(input);
  if ((input.inferenceAccelerators ?? []).length > 0) {
    throw refuse("Unsupported field 'inferenceAccelerators'.");
  }
  checkContainers(containers);
  checkNetworkMode(containers, input.networkMode);
  checkPorts(containers, input.networkMode);
  checkProcesses(containers);
  checkEnvironments(containers);
  checkLogging(containers);
  checkVolumes(input);
  checkRelations(input);
  checkStorage(input);
  const size = definitionSize(input);
  checkContainersFit(containers, size, CODE);
  const compatibilities = compatibilitiesOf(input, size);
  checkContainersHaveMemory(containers, size);
  checkRoleNeeds(input);
  return { ...filled(input, size), family, compatibilities };
}

function checkFamily(family: string | undefined): string {
  if (family === undefined || family === '') throw refuse('Family can not be blank.');
  if (!isFamilyName(family)) throw refuse('Family contains invalid characters.');
  return family;
}

function checkBytes(input: TaskDefinitionInput): void {
  const bytes = utf8Length(JSON.stringify(input));
  if (bytes <= MAX_BYTES) return;
  throw refuse(`Actual length: '${bytes}'. Max allowed length is '${MAX_BYTES}' bytes.`);
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const isSurrogate = unit >= 0xd8_00 && unit < 0xe0_00;
    // A pair of surrogates makes four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x8_00 || isSurrogate ? 2 : 3;
  }
  return bytes;
}

function checkEnums(input: TaskDefinitionInput): void {
  input.requiresCompatibilities?.forEach((value, index) => {
    checkEnum(CODE, `requiresCompatibilities.${index + 1}.member`, value, COMPATIBILITIES);
  });
  checkEnum(CODE, 'networkMode', input.networkMode, NETWORK_MODES);
  checkEnum(CODE, 'pidMode', input.pidMode, ['host', 'task']);
  checkEnum(CODE, 'ipcMode', input.ipcMode, ['host', 'task', 'none']);
  const { cpuArchitecture, operatingSystemFamily } = input.runtimePlatform ?? {};
  checkEnum(CODE, 'runtimePlatform.cpuArchitecture', cpuArchitecture, ['X86_64', 'ARM64']);
  checkEnum(CODE, 'runtimePlatform.operatingSystemFamily', operatingSystemFamily, OS_FAMILIES);
}

/** Fargate is named if the definition keeps to its rules, asked for or not; if asked for, it must. */
function compatibilitiesOf(input: TaskDefinitionInput, size: DefinitionSize): string[] {
  const asked = input.requiresCompatibilities?.includes('FARGATE') ?? false;
  try {
    checkFargate(input, size);
    return ['EC2', 'FARGATE'];
  } catch (error) {
    if (asked || !isApiError(error)) throw error;
    return input.networkMode === 'awsvpc' ? ['EC2'] : ['EXTERNAL', 'EC2'];
  }
}

function checkEnvironments(containers: readonly ContainerDefinition[]): void {
  containers.forEach((container, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    const secrets = container.secrets ?? [];
    checkSecrets(secrets, `${path}.secrets`, CODE);
    const twice = duplicates(secrets.map(({ name }) => name));
    if (twice.length > 0) {
      throw refuse(`Duplicate secret names found: ${twice.join(', ')}. Each secret name must be unique.`);
    }
    checkEnvironment(container, path, CODE);
  });
}

function checkStorage({ ephemeralStorage, requiresCompatibilities = [] }: TaskDefinitionInput): void {
  if (ephemeralStorage === undefined) return;
  if (requiresCompatibilities.includes('EC2') && !requiresCompatibilities.includes('FARGATE')) {
    throw refuse('Tasks using the EC2 launch type do not support EphemeralStorage.');
  }
  checkStorageSize(ephemeralStorage.sizeInGiB, CODE);
}

/** What only the execution role can fetch. */
function checkRoleNeeds({ containerDefinitions = [], executionRoleArn }: TaskDefinitionInput): void {
  if (executionRoleArn !== undefined) return;
  const usesSecrets = containerDefinitions.some(({ secrets, logConfiguration }) => {
    return (secrets ?? []).length > 0 || (logConfiguration?.secretOptions ?? []).length > 0;
  });
  if (usesSecrets) {
    throw refuse(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
  if (containerDefinitions.some(({ repositoryCredentials }) => repositoryCredentials !== undefined)) {
    throw refuse(
      'Private repository authentication requires that the task definition specify a value for executionRoleArn.',
    );
  }
}

function filled(
  input: TaskDefinitionInput,
  { cpuUnits, memoryMiB }: DefinitionSize,
): Omit<PreparedDefinition, 'family' | 'compatibilities'> {
  const optional = {
    networkMode: input.networkMode,
    taskRoleArn: input.taskRoleArn,
    executionRoleArn: input.executionRoleArn,
    requiresCompatibilities: input.requiresCompatibilities,
    runtimePlatform: input.runtimePlatform,
    cpu: cpuUnits?.toString(),
    memory: memoryMiB?.toString(),
    pidMode: input.pidMode,
    ipcMode: input.ipcMode,
    proxyConfiguration: input.proxyConfiguration,
    inferenceAccelerators: input.inferenceAccelerators,
    ephemeralStorage: input.ephemeralStorage,
    enableFaultInjection: input.enableFaultInjection,
  };
  return {
    status: 'ACTIVE',
    containerDefinitions: (input.containerDefinitions ?? []).map((container) =>
      filledContainer(container, input),
    ),
    volumes: input.volumes ?? [],
    requiresAttributes: requiredAttributes(input),
    placementConstraints: input.placementConstraints ?? [],
    ...optional,
  };
}

function filledContainer(
  container: ContainerDefinition,
  { networkMode }: TaskDefinitionInput,
): ContainerDefinition {
  const next: ContainerDefinition = {
    ...container,
    cpu: container.cpu ?? 0,
    portMappings: (container.portMappings ?? []).map((mapping) => filledPort(mapping, networkMode)),
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
  };
  if (container.healthCheck !== undefined) {
    next.healthCheck = { interval: 30, timeout: 5, retries: 3, ...present(container.healthCheck) };
  }
  return next;
}

/** The members that have a value, so that they alone win over defaults. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function filledPort(mapping: PortMapping, networkMode: string | undefined): PortMapping {
  const next: PortMapping = { ...mapping, protocol: transportOf(mapping) };
  const usesHostPort = networkMode === 'awsvpc' || networkMode === 'host';
  if (mapping.containerPort !== undefined && mapping.hostPort === undefined) {
    next.hostPort = usesHostPort ? mapping.containerPort : 0;
  }
  return next;
}
