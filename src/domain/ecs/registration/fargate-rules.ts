/** What Fargate takes and what it does not. The order of the checks is the order of likelihood, not known to be AWS's. */
import { ApiError } from '../../errors.ts';
import { checkRange } from '../constraints.ts';
import type { ContainerDefinition, LinuxParameters, TaskDefinitionInput } from '../task-definition.ts';
import { isFargateSize, noSizeMessage } from '../task-size.ts';
import type { DefinitionSize } from './size-rules.ts';

const LOG_DRIVERS = ['awslogs', 'splunk', 'awsfirelens'];
const STOP_TIMEOUT = { min: 2, max: 120 };
const ECR_IMAGE = /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\./;
const SYSCTL = /^(net\.|kernel\.(msg|sem|shm)|fs\.mqueue\.)/;

const refuse = (message: string): ApiError => new ApiError('ClientException', message);
const unsupported = (name: string): ApiError =>
  refuse(`Fargate compatible task definitions do not support ${name}`);

/** Throws ClientException with Fargate's words for the first thing that it does not take. */
export function checkFargate(input: TaskDefinitionInput, size: DefinitionSize): void {
  if (input.networkMode !== 'awsvpc') throw refuse('Fargate only supports network mode ‘awsvpc’.');
  checkSize(size);
  checkTaskMembers(input);
  for (const container of input.containerDefinitions ?? []) {
    checkUnsupported(container);
    checkRoleNeeds(container, input.executionRoleArn);
    checkContainer(container);
  }
}

function checkSize({ cpuUnits, memoryMiB }: DefinitionSize): void {
  if (cpuUnits === undefined) throw refuse("Fargate requires that 'cpu' be defined at the task level.");
  if (memoryMiB === undefined) throw refuse("Fargate requires that 'memory' be defined at the task level.");
  const size = { cpuUnits, memoryMiB };
  if (!isFargateSize(size)) throw refuse(noSizeMessage(size));
}

function checkTaskMembers(input: TaskDefinitionInput): void {
  if ((input.placementConstraints ?? []).length > 0) throw unsupported('constraints');
  if (input.ipcMode !== undefined) throw unsupported('ipcMode');
  if (input.pidMode !== undefined && input.pidMode !== 'task') {
    throw refuse("Fargate compatible task definitions only support the 'task' pidMode.");
  }
  if ((input.inferenceAccelerators ?? []).length > 0) throw unsupported('inferenceAccelerators');
  for (const { host, dockerVolumeConfiguration } of input.volumes ?? []) {
    if (host?.sourcePath !== undefined) throw unsupported('sourcePath');
    if (dockerVolumeConfiguration !== undefined) throw unsupported('dockerVolumeConfiguration');
  }
  const sizeInGiB = input.ephemeralStorage?.sizeInGiB;
  checkRange('ClientException', 'ephemeralStorage.sizeInGiB', sizeInGiB, { min: 21, max: 200 });
}

function checkUnsupported(container: ContainerDefinition): void {
  if (container.privileged === true) throw unsupported('privileged');
  for (const name of [
    'links',
    'dnsServers',
    'dnsSearchDomains',
    'extraHosts',
    'dockerSecurityOptions',
  ] as const) {
    if ((container[name] ?? []).length > 0) throw unsupported(name);
  }
  if (container.resourceRequirements?.some(({ type }) => type === 'GPU') === true) throw unsupported('gpu');
  if ((container.resourceRequirements ?? []).length > 0) throw unsupported('resourceRequirements');
  checkLinuxParameters(container.linuxParameters ?? {});
  const foreign = container.systemControls?.find(({ namespace }) => !SYSCTL.test(namespace ?? ''));
  if (foreign !== undefined) throw unsupported(`systemControls ${foreign.namespace ?? ''}`.trim());
}

function checkLinuxParameters(parameters: LinuxParameters): void {
  for (const name of ['maxSwap', 'swappiness', 'sharedMemorySize'] as const) {
    if (parameters[name] !== undefined) throw unsupported(name);
  }
  for (const name of ['devices', 'tmpfs'] as const) {
    if ((parameters[name] ?? []).length > 0) throw unsupported(name);
  }
  const foreign = parameters.capabilities?.add?.find((name) => name !== 'SYS_PTRACE');
  if (foreign !== undefined) throw refuse(`${foreign} is not allowed on Fargate.`);
}

function checkRoleNeeds({ image, logConfiguration }: ContainerDefinition, role: string | undefined): void {
  if (role !== undefined && role !== '') return;
  const needs = 'Fargate requires task definition to have execution role ARN to support';
  if (ECR_IMAGE.test(image ?? '')) throw refuse(`${needs} ECR images.`);
  if (logConfiguration?.logDriver === 'awslogs') throw refuse(`${needs} log driver awslogs.`);
}

function checkContainer(container: ContainerDefinition): void {
  const driver = container.logConfiguration?.logDriver;
  if (driver !== undefined && !LOG_DRIVERS.includes(driver)) {
    throw refuse(`${driver} is not a valid log driver. Must be one of [${LOG_DRIVERS.join(',')}]`);
  }
  if (container.firelensConfiguration?.options?.['config-file-type'] === 's3') {
    throw refuse("Fargate launch type does not support FirelensConfiguration config file from 's3'");
  }
  const { stopTimeout, startTimeout, name } = container;
  if (stopTimeout !== undefined && stopTimeout > STOP_TIMEOUT.max) {
    throw refuse(
      'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
    );
  }
  if (stopTimeout !== undefined && stopTimeout < STOP_TIMEOUT.min) {
    throw refuse(`Granular stop timeout on container '${name}' must be at least 2 seconds.`);
  }
  checkRange('ClientException', `containerDefinitions.${name}.startTimeout`, startTimeout, STOP_TIMEOUT);
}
