/**
 * Containers as the metadata endpoint shows them. Members, their order and what is left out are those of the ECS
 * agent's library; values have Fargate's forms.
 */
import { awslogsStream } from '../ecs/awslogs-stream.ts';
import { parseCidr } from '../network/cidr.ts';
import type { PlatformVersion } from '../ecs/platform-version.ts';
import type { AssignedContainer, EniSpec, TaskAssignment } from '../task/assignment.ts';
import { containerLabels } from '../task/container-labels.ts';
import { goMap, goTime } from './go-json.ts';
import type { MetadataContainer, MetadataHealth, MetadataTask } from './task-view.ts';

const SNAPSHOTTER = 'overlayfs';
const NETWORK_MODE = 'awsvpc';
/** What the kernel takes for a container without a share of its own. */
const SMALLEST_CPU_UNITS = 2;

export interface ContainerScene {
  readonly task: Pick<MetadataTask, 'assignment' | 'desiredStatus'>;
  readonly container: MetadataContainer;
  readonly platform: PlatformVersion['metadata'];
}

/** A container of v2 and v3. */
export function containerResponseV2(scene: ContainerScene): object {
  return {
    ...commonMembers(scene),
    Networks: [shortNetwork(scene.task.assignment.eni)],
    Health: healthOf(scene.container.health),
  };
}

/** A container of v4. */
export function containerResponseV4(scene: ContainerScene): object {
  const { assignment } = scene.task;
  const { containerArn, definition } = assignedContainer(assignment, scene.container.name);
  const { logDriver, options } = definition.logConfiguration ?? {};
  return {
    ...commonMembers(scene),
    Health: healthOf(scene.container.health),
    ...(scene.platform.launchDetails && {
      LogDriver: logDriver,
      LogOptions:
        logDriver === undefined ? undefined : logOptions(options ?? {}, assignment, definition.name),
      ContainerARN: containerArn,
    }),
    Networks: [wholeNetwork(assignment.eni)],
    Snapshotter: SNAPSHOTTER,
    RestartCount: scene.container.restartCount,
  };
}

function commonMembers({ task, container }: ContainerScene): object {
  const { assignment, desiredStatus } = task;
  const { definition } = assignedContainer(assignment, container.name);
  const started = container.startedAt === undefined ? undefined : goTime(container.startedAt);
  return {
    DockerId: container.dockerId,
    Name: container.name,
    DockerName: container.name,
    Image: definition.image,
    ImageID: container.imageDigest ?? '',
    Labels: goMap(containerLabels(assignment, definition)),
    DesiredStatus: desiredStatus,
    KnownStatus: container.knownStatus,
    ExitCode: container.exitCode,
    Limits: limitsOf(definition, container),
    // On Fargate the time at which it was made is the one at which it was started.
    CreatedAt: started,
    StartedAt: started,
    FinishedAt: container.finishedAt === undefined ? undefined : goTime(container.finishedAt),
    Type: 'NORMAL',
  };
}

function assignedContainer(assignment: TaskAssignment, name: string): AssignedContainer {
  const found = assignment.containers.find(({ definition }) => definition.name === name);
  if (found === undefined) throw new RangeError(`the task has no container ${name}`);
  return found;
}

/** Fargate shows 2 for an unset CPU once the container is made, 0 before; no memory where none is set. */
function limitsOf(
  { cpu = 0, memory }: AssignedContainer['definition'],
  { knownStatus }: MetadataContainer,
): object {
  const isMade = knownStatus !== 'NONE' && knownStatus !== 'PULLED';
  return { CPU: isMade ? Math.max(cpu, SMALLEST_CPU_UNITS) : cpu, Memory: memory };
}

/** `status` is left out while it is unknown, an exit code of 0 and an empty output always. */
function healthOf(health: MetadataHealth | undefined): object | undefined {
  if (health === undefined) return undefined;
  const { status, since, exitCode, output } = health;
  return {
    status: status === 'UNKNOWN' ? undefined : status,
    statusSince: goTime(since),
    exitCode: exitCode === 0 ? undefined : exitCode,
    output: output === '' ? undefined : output,
  };
}

/** The stream's name in place of its prefix. */
function logOptions(
  options: Readonly<Record<string, string>>,
  { taskId }: TaskAssignment,
  container: string,
): Record<string, string> {
  const { 'awslogs-stream-prefix': prefix, ...others } = options;
  if (prefix === undefined) return goMap(others);
  return goMap({ ...others, 'awslogs-stream': awslogsStream(prefix, container, taskId) });
}

function shortNetwork({ privateIpv4Address }: EniSpec): object {
  return { NetworkMode: NETWORK_MODE, IPv4Addresses: [privateIpv4Address] };
}

function wholeNetwork(eni: EniSpec): object {
  const { dnsServers, dnsSearchDomains } = eni;
  return {
    ...shortNetwork(eni),
    AttachmentIndex: 0,
    MACAddress: eni.macAddress.toLowerCase(),
    IPv4SubnetCIDRBlock: eni.subnetCidr,
    DomainNameServers: dnsServers.length === 0 ? undefined : dnsServers,
    DomainNameSearchList: dnsSearchDomains.length === 0 ? undefined : dnsSearchDomains,
    PrivateDNSName: eni.privateDnsName,
    SubnetGatewayIpv4Address: `${eni.gatewayIpv4Address}/${parseCidr(eni.subnetCidr)?.bits ?? 32}`,
  };
}
