/** Every member of RegisterTaskDefinition's request, and what it does here. */
import { effect, refused, stored, TESTS, within } from './entry.mjs';

const C = 'containerDefinitions[]';
const E = 'volumes[].efsVolumeConfiguration';
const KEPT = TESTS.definitions('keeps every member that Fargate takes');
const SHOWN = TESTS.definitions('answers with the definition and its circumstances');

const TASK = {
  family: effect(
    'Names the definition. Each registration is the next revision of its family.',
    TESTS.definitions('counts revisions, also when many come at once'),
  ),
  taskRoleArn: effect(
    'The role that the containers have. A name becomes the ARN of a role of the account.',
    TESTS.prepare('makes ARNs of roles that are given by name'),
    TESTS.assignment("has the definition's roles, process namespace and volumes"),
  ),
  executionRoleArn: effect(
    'The role by which images, secrets and logs are asked for. A name becomes the ARN of a role of the account.',
    TESTS.prepare('makes ARNs of roles that are given by name'),
    TESTS.assignment("has the definition's roles, process namespace and volumes"),
  ),
  networkMode: effect(
    '`awsvpc` gives each task an interface of its own. Definitions with another mode are kept, and cannot be run.',
    TESTS.run('gives a task its own 20 GiB disk, eth1 with MTU 9001, its own name and resolver'),
    TESTS.prepare('takes what Fargate does not, if Fargate is not asked for'),
  ),
  containerDefinitions: effect(
    'The containers of a task, one to ten.',
    TESTS.run(
      'lets the containers of a task talk over localhost, and keeps running when one that is not essential ends',
    ),
  ),
  requiresCompatibilities: effect(
    'With `FARGATE` the definition must keep to all of its rules.',
    TESTS.prepare('takes what Fargate does not, if Fargate is not asked for'),
  ),
  cpu: effect(
    'The share of the machine that the task may use, in units of a 1024th of a processor, or as `1 vCPU`.',
    TESTS.prepare('fills in what AWS fills in'),
    TESTS.process('has its share of the task’s CPU, and its own memory limit under the task’s'),
  ),
  memory: effect(
    'The memory that all containers together may use, in MiB, or as `2 GB`.',
    TESTS.prepare('fills in what AWS fills in'),
    TESTS.process('has its share of the task’s CPU, and its own memory limit under the task’s'),
  ),
  tags: effect(
    'Tags of the definition; tasks inherit them by `propagateTags`.',
    SHOWN,
    TESTS.tasks('gives the tags of the request, of the definition and of ECS'),
  ),
  'tags[].key': effect(
    'The name of a tag. `neargate:runtime` chooses the runtime of the tasks.',
    TESTS.runtime('counts on the task definition, too, whether or not the task inherits its tags'),
  ),
  'tags[].value': effect('The value of a tag.', SHOWN),
  pidMode: effect(
    '`task`: the containers see and can signal the processes of each other.',
    TESTS.shared(
      'shows the processes of all containers to each, and goes on when the first of them has ended',
    ),
  ),
  ipcMode: refused(),
  placementConstraints: refused(),
  'placementConstraints[].type': within('placementConstraints'),
  'placementConstraints[].expression': within('placementConstraints'),
  proxyConfiguration: stored('AWS has ended App Mesh: no traffic is sent through the proxy.', KEPT),
  'proxyConfiguration.containerName': within('proxyConfiguration'),
  'proxyConfiguration.type': within('proxyConfiguration'),
  'proxyConfiguration.properties': within('proxyConfiguration'),
  'proxyConfiguration.properties[].name': within('proxyConfiguration'),
  'proxyConfiguration.properties[].value': within('proxyConfiguration'),
  inferenceAccelerators: refused('AWS has ended Elastic Inference.'),
  'inferenceAccelerators[].deviceName': within('inferenceAccelerators'),
  'inferenceAccelerators[].deviceType': within('inferenceAccelerators'),
  ephemeralStorage: effect("The task's disk.", TESTS.tasks('applies overrides and shows them')),
  'ephemeralStorage.sizeInGiB': effect(
    'The size of the disk for images, writable layers and volumes: 21 to 200 GiB, 20 without it.',
    KEPT,
    TESTS.disk('has the size that the definition or RunTask asks for, within 1 %'),
    TESTS.run('gives a task its own 20 GiB disk, eth1 with MTU 9001, its own name and resolver'),
  ),
  runtimePlatform: effect('What the images are made for.', KEPT),
  'runtimePlatform.cpuArchitecture': effect(
    '`X86_64` or `ARM64`. The task runs on a machine that has it.',
    KEPT,
    TESTS.platform('takes ${one.name}'),
  ),
  'runtimePlatform.operatingSystemFamily': effect(
    '`LINUX`. Definitions for Windows are kept; tasks of them are refused as of an unknown platform.',
    KEPT,
  ),
  enableFaultInjection: effect(
    'Lets the task inject faults into its own network, by the metadata endpoint.',
    TESTS.metadata('injects a fault into the network of a task whose definition asks for it, and ends it'),
  ),
};

const CONTAINER = {
  [`${C}.name`]: effect(
    'Names the container, in the task and in its log stream.',
    TESTS.logOptions('name the stream by prefix, container and task'),
  ),
  [`${C}.image`]: effect(
    'The image, which is asked for at each start of a task, so that a moved tag is seen.',
    TESTS.run('runs a web server that the host reaches at its private address'),
    TESTS.run('says in the words of Fargate that an image does not exist, and keeps nothing'),
  ),
  [`${C}.repositoryCredentials`]: effect(
    'The secret with user and password for the registry.',
    TESTS.process('is of an image that only the user of its repositoryCredentials may pull'),
  ),
  [`${C}.repositoryCredentials.credentialsParameter`]: effect(
    'ARN of the secret.',
    TESTS.process('is of an image that only the user of its repositoryCredentials may pull'),
  ),
  [`${C}.cpu`]: effect(
    "The container's share where the containers of a task compete; no limit of its own.",
    TESTS.process('has its share of the task’s CPU, and its own memory limit under the task’s'),
  ),
  [`${C}.memory`]: effect(
    'Its limit of memory, below that of the task; what goes beyond is killed.',
    TESTS.process('has its share of the task’s CPU, and its own memory limit under the task’s'),
    TESTS.agent('says why memory killed a container'),
  ),
  [`${C}.memoryReservation`]: effect(
    'What is left to it when memory is short.',
    TESTS.process('has its share of the task’s CPU, and its own memory limit under the task’s'),
  ),
  [`${C}.links`]: refused(),
  [`${C}.essential`]: effect(
    'When an essential container ends, the whole task is stopped.',
    TESTS.agent('stops the whole task when an essential container exits'),
    TESTS.agent('keeps a task RUNNING when a container that is not essential exits'),
  ),
  [`${C}.restartPolicy`]: effect(
    'Starts the container again when it has ended, while the task runs on.',
    TESTS.order('begin again by their restart policy, with what they had written, while the task runs on'),
  ),
  [`${C}.restartPolicy.enabled`]: effect(
    'Without it the other two have no effect.',
    TESTS.restarts('lets a container end that ran for less, ended with an ignored code, or has no policy'),
  ),
  [`${C}.restartPolicy.ignoredExitCodes`]: effect(
    'Codes with which the container ends for good.',
    TESTS.containers('lets it end with an exit code that is ignored'),
  ),
  [`${C}.restartPolicy.restartAttemptPeriod`]: effect(
    'How many seconds it must have run; 300 without it.',
    TESTS.restarts('starts a container again that ran for the period'),
    TESTS.containers('lets it end when it ran too short a time the second time'),
  ),
  [`${C}.entryPoint`]: effect(
    "Replaces the image's entry point, and its command.",
    TESTS.process('is the entry point with the command'),
  ),
  [`${C}.command`]: effect(
    "Replaces the image's command.",
    TESTS.process('is the entry point with the command'),
  ),
  [`${C}.volumesFrom`]: effect(
    'Mounts what another container mounts, and the volumes of its image, at the same places.',
    TESTS.volumes('are lent with volumesFrom, at the same places, read-only where it says so'),
  ),
  [`${C}.volumesFrom[].sourceContainer`]: effect(
    'The other container, which is created first.',
    TESTS.dependencies('are dependsOn and the containers whose volumes it takes'),
  ),
  [`${C}.volumesFrom[].readOnly`]: effect(
    'The container cannot write to them.',
    TESTS.volumes('are lent with volumesFrom, at the same places, read-only where it says so'),
  ),
  [`${C}.dependsOn`]: effect(
    'What it waits for; at the end containers stop in the reverse order.',
    TESTS.order('start in the order of dependsOn and stop in the reverse one'),
  ),
  [`${C}.dependsOn[].containerName`]: effect(
    'The container that it waits for.',
    TESTS.containers('start after those that they wait for, in whatever order they are defined'),
  ),
  [`${C}.dependsOn[].condition`]: effect(
    'Waits until that one was started (`START`), has ended (`COMPLETE`), with code 0 (`SUCCESS`), is healthy (`HEALTHY`).',
    TESTS.order('wait until another has ended, with success where that is asked for'),
    TESTS.order('wait until another is healthy, and the task’s health is that of its essential containers'),
  ),
  [`${C}.startTimeout`]: effect(
    'How many seconds others wait for this container before they give up.',
    TESTS.order('are given up when they wait longer than the startTimeout of another'),
  ),
  [`${C}.stopTimeout`]: effect(
    'How many seconds it has between its stop signal and SIGKILL; 30 without it.',
    TESTS.order('end with their stop signal, and are killed when their stopTimeout is over'),
  ),
  [`${C}.versionConsistency`]: stored(
    'It is about the deployments of a service. A task of its own asks for its tag each time.',
    KEPT,
  ),
  [`${C}.hostname`]: refused('The name is that of the interface.'),
  [`${C}.user`]: effect(
    'Who runs the process, in each of the forms that Docker has.',
    TESTS.process('runs as the user, in all the forms that one is written in'),
  ),
  [`${C}.workingDirectory`]: effect(
    'Where the process begins; made if it is not there.',
    TESTS.process('begins in the working directory, which is made'),
  ),
  [`${C}.disableNetworking`]: refused(),
  [`${C}.privileged`]: refused(),
  [`${C}.readonlyRootFilesystem`]: effect(
    'The image cannot be written to; volumes and /dev/shm can.',
    TESTS.process('cannot write to its root file system where that is read-only, but to its own memory'),
  ),
  [`${C}.dnsServers`]: refused(),
  [`${C}.dnsSearchDomains`]: refused(),
  [`${C}.extraHosts`]: refused(),
  [`${C}.extraHosts[].hostname`]: within(`${C}.extraHosts`),
  [`${C}.extraHosts[].ipAddress`]: within(`${C}.extraHosts`),
  [`${C}.dockerSecurityOptions`]: refused(),
  [`${C}.interactive`]: effect(
    'Standard input stays open.',
    TESTS.process('has a standard input that stays open where it is interactive, and none otherwise'),
  ),
  [`${C}.pseudoTerminal`]: effect(
    'The process has a terminal, and TERM.',
    TESTS.process('has a terminal where it asks for one, and its output arrives'),
  ),
  [`${C}.dockerLabels`]: effect(
    "Labels of the container in containerd, below the platform's own.",
    TESTS.process('shows its labels to the runtime, the platform’s own over those of the definition'),
  ),
  [`${C}.credentialSpecs`]: refused('Definitions are kept; RunTask refuses them.'),
};

const PORTS = {
  [`${C}.portMappings`]: stored(
    'A task has an interface with all ports, so nothing is mapped: it is reached at its address.',
    KEPT,
    TESTS.run('runs a web server that the host reaches at its private address'),
  ),
  ...Object.fromEntries(
    ['containerPort', 'hostPort', 'protocol', 'name', 'appProtocol', 'containerPortRange'].map((member) => [
      `${C}.portMappings[].${member}`,
      within(`${C}.portMappings`),
    ]),
  ),
};

const ENVIRONMENT = {
  [`${C}.environment`]: effect(
    'Variables of the process, over those of files and of the image.',
    TESTS.process(
      'has variables of the platform, of secrets, of the definition and of files, the first of these winning',
    ),
  ),
  [`${C}.environment[].name`]: effect(
    'The name of a variable.',
    TESTS.process(
      'has variables of the platform, of secrets, of the definition and of files, the first of these winning',
    ),
  ),
  [`${C}.environment[].value`]: effect(
    'Its value.',
    TESTS.process(
      'has variables of the platform, of secrets, of the definition and of files, the first of these winning',
    ),
  ),
  [`${C}.environmentFiles`]: effect(
    'Files of variables, the first of which wins.',
    TESTS.files('give each container the variables of its own, the first file first'),
    TESTS.process('does not start without its environment file, and says why'),
  ),
  [`${C}.environmentFiles[].value`]: effect(
    'ARN of an object of the S3 service that the setting `s3Endpoint` names.',
    TESTS.files('give each container the variables of its own, the first file first'),
  ),
  [`${C}.environmentFiles[].type`]: effect(
    'Always `s3`.',
    TESTS.files('give each container the variables of its own, the first file first'),
  ),
  [`${C}.secrets`]: effect(
    'Variables whose values come from Secrets Manager, the Parameter Store or the setting `secretsFile`, when the task starts.',
    TESTS.secrets('are what its variables, log options and registries name'),
    TESTS.secrets('show nothing when they are printed, logged or turned into JSON'),
  ),
  [`${C}.secrets[].name`]: effect(
    'The name of the variable.',
    TESTS.secrets('are what its variables, log options and registries name'),
  ),
  [`${C}.secrets[].valueFrom`]: effect(
    'ARN of a secret, with a member or a version of it behind, or ARN or name of a parameter.',
    TESTS.secrets('are what its variables, log options and registries name'),
  ),
};

const LIMITS = {
  [`${C}.linuxParameters`]: effect(
    'Capabilities and init.',
    TESTS.process('holds the capabilities of Docker, less what it drops, with SYS_PTRACE where it adds that'),
  ),
  [`${C}.linuxParameters.capabilities`]: effect(
    "Changes Docker's default capabilities: first what is dropped, then what is added.",
    TESTS.process('holds the capabilities of Docker, less what it drops, with SYS_PTRACE where it adds that'),
  ),
  [`${C}.linuxParameters.capabilities.add`]: effect(
    '`SYS_PTRACE` only, with which a process may trace others.',
    TESTS.shared('lets a container with SYS_PTRACE trace the process of another one'),
    TESTS.shared('lets no container trace another one without it'),
  ),
  [`${C}.linuxParameters.capabilities.drop`]: effect(
    'Any, or `ALL`.',
    TESTS.process('holds the capabilities of Docker, less what it drops, with SYS_PTRACE where it adds that'),
  ),
  [`${C}.linuxParameters.devices`]: refused(),
  [`${C}.linuxParameters.devices[].hostPath`]: within(`${C}.linuxParameters.devices`),
  [`${C}.linuxParameters.devices[].containerPath`]: within(`${C}.linuxParameters.devices`),
  [`${C}.linuxParameters.devices[].permissions`]: within(`${C}.linuxParameters.devices`),
  [`${C}.linuxParameters.initProcessEnabled`]: effect(
    'The first process is an init that hands on signals and reaps orphans.',
    TESTS.process('is the child of an init where it asks for one, which reaps orphans'),
  ),
  [`${C}.linuxParameters.sharedMemorySize`]: refused(),
  [`${C}.linuxParameters.tmpfs`]: refused(),
  [`${C}.linuxParameters.tmpfs[].containerPath`]: within(`${C}.linuxParameters.tmpfs`),
  [`${C}.linuxParameters.tmpfs[].size`]: within(`${C}.linuxParameters.tmpfs`),
  [`${C}.linuxParameters.tmpfs[].mountOptions`]: within(`${C}.linuxParameters.tmpfs`),
  [`${C}.linuxParameters.maxSwap`]: refused(),
  [`${C}.linuxParameters.swappiness`]: refused(),
  [`${C}.ulimits`]: effect(
    'Limits of the process, as far as the machine has them to give; open files have 65535 without it.',
    TESTS.process('has the limits of its definition, as far as the machine allows'),
    TESTS.spec('has as many open files as its platform gives where it does not ask'),
  ),
  [`${C}.ulimits[].name`]: effect(
    'Any that Docker knows, each once.',
    TESTS.process('has the limits of its definition, as far as the machine allows'),
  ),
  [`${C}.ulimits[].softLimit`]: effect(
    'What holds; -1 for none.',
    TESTS.process('has the limits of its definition, as far as the machine allows'),
  ),
  [`${C}.ulimits[].hardLimit`]: effect(
    'How far the process may raise it; -1 for no end, but for open files.',
    TESTS.process('has the limits of its definition, as far as the machine allows'),
  ),
  [`${C}.systemControls`]: effect(
    "Kernel parameters of the container's own and of the task's network.",
    TESTS.process('sees the system controls of its definition; those of the network are the whole task’s'),
  ),
  [`${C}.systemControls[].namespace`]: effect(
    '`net.*`, `fs.mqueue.*` and those of System V IPC.',
    TESTS.process('sees the system controls of its definition; those of the network are the whole task’s'),
  ),
  [`${C}.systemControls[].value`]: effect(
    'The value. Of two containers that set one of the network, the later wins.',
    TESTS.process('sees the system controls of its definition; those of the network are the whole task’s'),
  ),
  [`${C}.resourceRequirements`]: refused(),
  [`${C}.resourceRequirements[].type`]: within(`${C}.resourceRequirements`),
  [`${C}.resourceRequirements[].value`]: within(`${C}.resourceRequirements`),
  [`${C}.resourceRequirements[].sharingStrategy`]: within(`${C}.resourceRequirements`),
  [`${C}.resourceRequirements[].sharingStrategy.nvidiaMps`]: within(`${C}.resourceRequirements`),
  [`${C}.resourceRequirements[].sharingStrategy.nvidiaMps.memory`]: within(`${C}.resourceRequirements`),
  [`${C}.resourceRequirements[].sharingStrategy.nvidiaMps.maxComputePercent`]: within(
    `${C}.resourceRequirements`,
  ),
};

const HEALTH = {
  [`${C}.healthCheck`]: effect(
    'A command that is run in the container from time to time. An unhealthy container is not stopped.',
    TESTS.order('that fail their checks are UNHEALTHY and go on'),
  ),
  [`${C}.healthCheck.command`]: effect(
    'Words behind `CMD`, or a line for the shell behind `CMD-SHELL`.',
    TESTS.health('comes from words or from a line for the shell'),
  ),
  [`${C}.healthCheck.interval`]: effect(
    'Seconds between checks; 30 without it.',
    TESTS.health('is looked at with the documented defaults'),
  ),
  [`${C}.healthCheck.timeout`]: effect(
    'Seconds after which a check has failed; 5 without it.',
    TESTS.health('is looked at with the documented defaults'),
  ),
  [`${C}.healthCheck.retries`]: effect(
    'Failures in a row that make it UNHEALTHY; 3 without it.',
    TESTS.health(
      'is UNHEALTHY after as many failures in a row as retries say, and HEALTHY after one success',
    ),
  ),
  [`${C}.healthCheck.startPeriod`]: effect(
    'Seconds in which failures do not count; none without it.',
    TESTS.health('does not count failures in the start period, which the first success ends'),
  ),
};

const LOGS = {
  [`${C}.logConfiguration`]: effect(
    'Where output goes. Without it the newest output stays on the machine.',
    TESTS.logs('delivers lines of both files within seconds'),
    TESTS.logs('keeps only the newest output of a container without a log driver'),
  ),
  [`${C}.logConfiguration.logDriver`]: effect(
    '`awslogs` delivers to CloudWatch Logs, `awsfirelens` to the task’s log router, `splunk` to Splunk’s HTTP Event Collector.',
    TESTS.logs('delivers lines of both files within seconds'),
    TESTS.firelens('waits while the router is away, and goes to the one that has come back'),
    TESTS.splunk('goes there through the task’s own network, with the token of a secret'),
  ),
  [`${C}.logConfiguration.options`]: effect(
    'Of awslogs: group, region, prefix of the stream, events of several lines, mode and buffer. Of awsfirelens: patterns, buffer, and what the router’s output is to know. Of splunk: see [Splunk](how-to/splunk.md).',
    TESTS.logOptions('name the stream by prefix, container and task'),
    TESTS.logOptions('understand sizes'),
    TESTS.logs('makes events of several lines'),
    TESTS.logStream('is made with its group where that is asked'),
    TESTS.lines('lets the newest lines go when too many wait, and counts them'),
    TESTS.splunkEvents('have the members and the order of Docker’s driver'),
  ),
  [`${C}.logConfiguration.secretOptions`]: effect(
    'Options whose values are secrets: those of `awsfirelens` become variables of the log router.',
    TESTS.secrets('are what its variables, log options and registries name'),
    TESTS.splunk('goes there through the task’s own network, with the token of a secret'),
  ),
  [`${C}.logConfiguration.secretOptions[].name`]: effect(
    'The name of the option.',
    TESTS.secrets('are what its variables, log options and registries name'),
  ),
  [`${C}.logConfiguration.secretOptions[].valueFrom`]: effect(
    'ARN of a secret or parameter.',
    TESTS.secrets('are what its variables, log options and registries name'),
  ),
  [`${C}.firelensConfiguration`]: effect(
    'Makes the container the log router of the task: its configuration is made from those who log through it.',
    TESTS.firelens('is handed over to its last word before the router is stopped'),
    TESTS.volumes('hold the log router’s configuration, and users know where the router is'),
  ),
  [`${C}.firelensConfiguration.type`]: effect(
    '`fluentbit` or `fluentd`.',
    TESTS.router('is a file for Fluent Bit'),
    TESTS.router('is a file for Fluentd'),
  ),
  [`${C}.firelensConfiguration.options`]: effect(
    'Metadata on or off, a configuration file of the image.',
    TESTS.router('leaves out metadata when told so, and only then'),
  ),
};

const VOLUMES = {
  [`${C}.mountPoints`]: effect(
    'Mounts volumes of the definition; they begin with what the image has at a VOLUME.',
    TESTS.volumes('are shared by the containers that mount them, each where it wants'),
    TESTS.volumes('begin with what the image has at its VOLUME, with owner and mode, and empty elsewhere'),
  ),
  [`${C}.mountPoints[].sourceVolume`]: effect(
    'The name of the volume.',
    TESTS.volumes('are shared by the containers that mount them, each where it wants'),
  ),
  [`${C}.mountPoints[].containerPath`]: effect(
    'Where it is in the container.',
    TESTS.volumes('are shared by the containers that mount them, each where it wants'),
  ),
  [`${C}.mountPoints[].readOnly`]: effect(
    'The container cannot write to it.',
    TESTS.volumes('cannot be written to where they are mounted read-only'),
  ),
  volumes: effect(
    'Directories on the disk of the task, which all of its containers can mount.',
    TESTS.volumes('can be written to by a container whose root is read-only, and lie on the task’s disk'),
  ),
  'volumes[].name': effect(
    'The name by which containers mount it.',
    TESTS.volumes('are shared by the containers that mount them, each where it wants'),
  ),
  'volumes[].host': effect(
    'Empty: a directory on the disk of the task, as without it.',
    TESTS.mounts('are its mount points, read-only where that is said'),
  ),
  'volumes[].host.sourcePath': refused(),
  'volumes[].dockerVolumeConfiguration': refused(),
  ...Object.fromEntries(
    ['scope', 'autoprovision', 'driver', 'driverOpts', 'labels'].map((member) => [
      `volumes[].dockerVolumeConfiguration.${member}`,
      within('volumes[].dockerVolumeConfiguration'),
    ]),
  ),
  [E]: effect(
    'A file system of EFS that all containers of the task can mount, and other tasks too.',
    TESTS.sharing('see and may do what their view and its user give them'),
  ),
  [`${E}.fileSystemId`]: effect(
    'Id or ARN of the file system, which needs a mount target in the zone of the task.',
    TESTS.fileSystems('is mounted from the mount target of the task’s zone, by the task’s interface'),
  ),
  [`${E}.rootDirectory`]: effect(
    'The directory that is mounted; it has to be there.',
    TESTS.sharing('see and may do what their view and its user give them'),
  ),
  [`${E}.transitEncryption`]: effect(
    'For the file system’s policy, and where it is mounted over the network.',
    TESTS.fileSystems(
      'has a directory, an access point, a tunnel with its port, and a file system by its ARN',
    ),
  ),
  [`${E}.transitEncryptionPort`]: effect(
    'Where it is mounted over the network.',
    TESTS.fileSystems(
      'has a directory, an access point, a tunnel with its port, and a file system by its ARN',
    ),
  ),
  [`${E}.authorizationConfig`]: effect(
    'By what the task mounts it.',
    TESTS.sharing('see and may do what their view and its user give them'),
  ),
  [`${E}.authorizationConfig.accessPointId`]: effect(
    'Its directory is mounted, and its user acts.',
    TESTS.sharing('see and may do what their view and its user give them'),
  ),
  [`${E}.authorizationConfig.iam`]: effect(
    'With ENABLED the file system’s policy knows the task’s role.',
    TESTS.fileSystems('is open to the task’s role, where it is identified'),
  ),
  'volumes[].s3filesVolumeConfiguration': refused('Definitions are kept; RunTask refuses them.'),
  ...Object.fromEntries(
    ['fileSystemArn', 'rootDirectory', 'transitEncryptionPort', 'accessPointArn'].map((member) => [
      `volumes[].s3filesVolumeConfiguration.${member}`,
      within('volumes[].s3filesVolumeConfiguration'),
    ]),
  ),
  'volumes[].fsxWindowsFileServerVolumeConfiguration': refused(),
  ...Object.fromEntries(
    [
      ...['fileSystemId', 'rootDirectory', 'authorizationConfig'],
      ...['authorizationConfig.credentialsParameter', 'authorizationConfig.domain'],
    ].map((member) => [
      `volumes[].fsxWindowsFileServerVolumeConfiguration.${member}`,
      within('volumes[].fsxWindowsFileServerVolumeConfiguration'),
    ]),
  ),
  'volumes[].configuredAtLaunch': refused(
    'Definitions are kept; RunTask refuses them, with and without EBS.',
  ),
};

export const REGISTER_TASK_DEFINITION = {
  ...TASK,
  ...CONTAINER,
  ...PORTS,
  ...ENVIRONMENT,
  ...LIMITS,
  ...HEALTH,
  ...LOGS,
  ...VOLUMES,
};
