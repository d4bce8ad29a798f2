/** What Fargate takes and what it does not. The order of the checks is the order of likelihood, not known to be AWS's. */
import type { ContainerDefinition, LinuxParameters, TaskDefinitionInput } from '../task-definition.ts';
import { isFargateSize, noSizeMessage, type TaskSize } from '../task-size.ts';
import { notOnFargate, refuse } from './refuse.ts';
import type { DefinitionSize } from './size-rules.ts';

const LOG_DRIVERS = ['awslogs', 'splunk', 'awsfirelens'];
const MAX_TIMEOUT_S = 120;
const MAX_NOFILE = 1_048_576;
const ECR_IMAGE = /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\./;
/** Kernel parameters that belong to the namespaces of a task. */
const SYSCTL =
  /^(net\..+|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;
const WINDOWS_CPU_UNITS = { min: 1024, max: 4096 };
const WINDOWS_ON_FARGATE = /^WINDOWS_SERVER_(2019|2022|2025)_(CORE|FULL)$/;

/** Throws ClientException with Fargate's words for the first thing that it does not take. */
export function checkFargate(input: TaskDefinitionInput, size: DefinitionSize): void {
  if (input.networkMode !== 'awsvpc') throw refuse('Fargate only supports network mode ‘awsvpc’.');
  checkSize(size, input.runtimePlatform);
  checkTaskMembers(input);
  for (const container of input.containerDefinitions ?? []) {
    checkUnsupported(container);
    checkLimits(container);
    checkLogs(container);
    checkRoleNeeds(container, input.executionRoleArn);
  }
}

function checkSize(
  { cpuUnits, memoryMiB }: DefinitionSize,
  runtimePlatform: TaskDefinitionInput['runtimePlatform'],
): void {
  if (cpuUnits === undefined) throw refuse("Fargate requires that 'cpu' be defined at the task level.");
  if (memoryMiB === undefined) throw refuse("Fargate requires that 'memory' be defined at the task level.");
  const { operatingSystemFamily: family = 'LINUX', cpuArchitecture } = runtimePlatform ?? {};
  const size = { cpuUnits, memoryMiB };
  if (family !== 'LINUX') checkWindows(family, cpuArchitecture, size);
  if (!isFargateSize(size)) throw refuse(noSizeMessage(size));
}

function checkWindows(family: string, cpuArchitecture: string | undefined, size: TaskSize): void {
  if (!WINDOWS_ON_FARGATE.test(family)) throw notOnFargate(`operatingSystemFamily ${family}`);
  if (cpuArchitecture === 'ARM64') throw notOnFargate(`cpuArchitecture ARM64 with ${family}`);
  const { min, max } = WINDOWS_CPU_UNITS;
  if (size.cpuUnits < min || size.cpuUnits > max) throw refuse(noSizeMessage(size));
}

function checkTaskMembers(input: TaskDefinitionInput): void {
  if ((input.placementConstraints ?? []).length > 0) throw notOnFargate('constraints');
  if (input.ipcMode !== undefined) throw notOnFargate('ipcMode');
  if (input.pidMode !== undefined && input.pidMode !== 'task') {
    throw refuse(
      `Tasks using the Fargate launch type do not support pidMode '${input.pidMode}'. The supported value for pidMode is 'task'.`,
    );
  }
  for (const volume of input.volumes ?? []) {
    if (volume.host?.sourcePath !== undefined) throw notOnFargate('sourcePath');
    for (const kind of ['dockerVolumeConfiguration', 'fsxWindowsFileServerVolumeConfiguration'] as const) {
      if (volume[kind] !== undefined) throw notOnFargate(kind);
    }
  }
}

function checkUnsupported(container: ContainerDefinition): void {
  if (container.privileged === true) {
    throw refuse('Fargate requires that the ‘privileged’ setting be ‘false’ at the container level.');
  }
  if ((container.dockerSecurityOptions ?? []).length > 0) throw notOnFargate('dockerSecurityOptions');
  if (container.resourceRequirements?.some(({ type }) => type === 'GPU') === true) {
    throw refuse('Tasks using the Fargate launch type do not support GPU resource requirements.');
  }
  if ((container.resourceRequirements ?? []).length > 0) throw notOnFargate('resourceRequirements');
  checkLinuxParameters(container.linuxParameters ?? {});
  const foreign = container.systemControls?.find(({ namespace }) => !SYSCTL.test(namespace ?? ''));
  if (foreign !== undefined) throw notOnFargate(`systemControls ${foreign.namespace}`);
}

function checkLinuxParameters(parameters: LinuxParameters): void {
  for (const name of ['maxSwap', 'swappiness', 'sharedMemorySize'] as const) {
    if (parameters[name] !== undefined) throw notOnFargate(name);
  }
  for (const name of ['devices', 'tmpfs'] as const) {
    if ((parameters[name] ?? []).length > 0) throw notOnFargate(name);
  }
  const foreign = parameters.capabilities?.add?.find((name) => name !== 'SYS_PTRACE');
  if (foreign !== undefined) throw refuse(`${foreign} is not allowed on Fargate.`);
}

function checkLimits({ startTimeout = 0, stopTimeout = 0, ulimits = [] }: ContainerDefinition): void {
  for (const [word, seconds] of [
    ['start', startTimeout],
    ['stop', stopTimeout],
  ] as const) {
    if (seconds <= MAX_TIMEOUT_S) continue;
    throw refuse(
      `Tasks using the Fargate launch type must have a container ${word} timeout of less than ${MAX_TIMEOUT_S} seconds.`,
    );
  }
  const files = ulimits.find(({ name }) => name === 'nofile');
  if (files !== undefined && (files.hardLimit === -1 || (files.hardLimit ?? 0) > MAX_NOFILE)) {
    throw refuse(`Tasks using the Fargate launch type do not support a nofile ulimit above ${MAX_NOFILE}.`);
  }
}

function checkLogs({ logConfiguration, firelensConfiguration }: ContainerDefinition): void {
  const driver = logConfiguration?.logDriver;
  if (driver !== undefined && !LOG_DRIVERS.includes(driver)) {
    throw refuse(`${driver} is not a valid log driver. Must be one of [${LOG_DRIVERS.join(',')}]`);
  }
  if (driver === 'awslogs' && (logConfiguration?.options?.['awslogs-stream-prefix'] ?? '') === '') {
    throw refuse(
      'Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.',
    );
  }
  if (firelensConfiguration?.options?.['config-file-type'] === 's3') {
    throw refuse("Fargate launch type does not support FirelensConfiguration config file from 's3'");
  }
}

function checkRoleNeeds({ image, logConfiguration }: ContainerDefinition, role: string | undefined): void {
  if (role !== undefined) return;
  const needs = 'Fargate requires task definition to have execution role ARN to support';
  if (ECR_IMAGE.test(image ?? '')) throw refuse(`${needs} ECR images.`);
  if (logConfiguration?.logDriver === 'awslogs') throw refuse(`${needs} log driver awslogs.`);
}
