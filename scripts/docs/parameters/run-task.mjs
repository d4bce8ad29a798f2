/** Every member of RunTask's request, and what it does here. */
import { effect, refused, stored, TESTS, within } from './entry.mjs';

const O = 'overrides.containerOverrides[]';
const EBS = 'volumeConfigurations[].managedEBSVolume';
const FIRST = TESTS.tasks('answers with a task in PROVISIONING, all defaults filled in');
const OVERRIDES = TESTS.tasks('applies overrides and shows them');
const SPREAD = TESTS.tasks('spreads tasks over capacity providers by base and weight');
const NAMED = TESTS.tasks('takes group, startedBy and platform version from the request');
const TAGGED = TESTS.tasks('gives the tags of the request, of the definition and of ECS');
const PLACE = TESTS.tasks('keeps where the task is to run, with the default security group');
const REAL = TESTS.process('is what RunTask’s overrides make of it');

const REQUEST = {
  taskDefinition: effect(
    'Family, family with revision, or ARN; a family alone means its newest ACTIVE revision.',
    TESTS.definitions('finds the newest ACTIVE revision by family, any by revision'),
    FIRST,
  ),
  cluster: effect('Name or ARN; `default` without it.', FIRST),
  count: effect(
    'How many tasks, one to ten.',
    TESTS.tasks('runs ten tasks at once, each with ids of its own'),
  ),
  launchType: effect('`FARGATE`.', FIRST),
  platformVersion: effect(
    '`1.4.0`, `1.3.0` or `LATEST`, which the setting `platformLatest` says.',
    NAMED,
    TESTS.platform('refuses what the version that it stands for does not have'),
  ),
  group: effect('The group that the task is in; `family:` and the family without it.', NAMED, FIRST),
  startedBy: effect(
    'Who started the task; ListTasks finds tasks by it.',
    NAMED,
    TESTS.list('filters by family, starter, desired status and launch type'),
  ),
  referenceId: effect(
    'Nothing, as for all callers but AWS itself; but with another one a `clientToken` names another request.',
    TESTS.token('conflicts with another request, and names the tasks'),
  ),
  clientToken: effect(
    'The same request with the same token gives the same tasks, for a day or until an hour after their end.',
    TESTS.token('gives the same tasks for the same request'),
    TESTS.token('is free again after a day, or an hour after the end of its tasks'),
  ),
  enableECSManagedTags: effect('Adds the tag `aws:ecs:clusterName`.', TAGGED),
  enableExecuteCommand: stored(
    'Needs platform version 1.4.0 and a task role, and is shown; ExecuteCommand is not served yet.',
    TESTS.platform('commands'),
  ),
  propagateTags: effect('`TASK_DEFINITION`: the task has the tags of its definition, below its own.', TAGGED),
  tags: effect('Tags of the task.', TAGGED),
  'tags[].key': effect(
    'The name of a tag. `neargate:runtime` chooses the runtime.',
    TAGGED,
    TESTS.runtime('chooses a runtime, and stays on the task as any other tag'),
    TESTS.runtime('wins on the request over the task definition'),
  ),
  'tags[].value': effect('The value of a tag.', TAGGED),
  capacityProviderStrategy: effect(
    'Shares the tasks between `FARGATE` and `FARGATE_SPOT`, which run alike here; without it, and without launch type, that of the cluster.',
    SPREAD,
  ),
  'capacityProviderStrategy[].capacityProvider': effect('A provider of the cluster.', SPREAD),
  'capacityProviderStrategy[].weight': effect('Its share of what is left after the base.', SPREAD),
  'capacityProviderStrategy[].base': effect('How many it gets first.', SPREAD),
  networkConfiguration: effect('Where the interface of the task lies.', PLACE),
  'networkConfiguration.awsvpcConfiguration': effect('Where the interface of the task lies.', PLACE),
  'networkConfiguration.awsvpcConfiguration.subnets': effect(
    'Subnets of one VPC: each task gets one, in the zone and there in the subnet with the fewest interfaces.',
    PLACE,
    TESTS.placement('spreads the tasks of a request over the zones of its subnets'),
    TESTS.run('runs a web server that the host reaches at its private address'),
  ),
  'networkConfiguration.awsvpcConfiguration.securityGroups': effect(
    "Groups of the VPC, whose rules hold for the task; without any, the VPC's default group.",
    PLACE,
    TESTS.placement('says that a group was deleted since RunTask'),
    TESTS.groups('admits what a rule of the receiver names, and nothing else'),
    TESTS.groups('has the members that there are now, and each has all its groups'),
  ),
  'networkConfiguration.awsvpcConfiguration.assignPublicIp': effect(
    'With `ENABLED` the task has a public address of the setting `publicCidr`, by which an internet gateway serves it.',
    PLACE,
    TESTS.publicAddress('ENABLED is the way out, by an address that the task has until its end'),
    TESTS.publicAddress('DISABLED is none: not even the image comes in'),
  ),
  placementConstraints: refused(),
  'placementConstraints[].type': within('placementConstraints'),
  'placementConstraints[].expression': within('placementConstraints'),
  placementStrategy: refused(),
  'placementStrategy[].type': within('placementStrategy'),
  'placementStrategy[].field': within('placementStrategy'),
};

const OVERRIDE = {
  overrides: effect('What is to be other than in the definition, in up to 8192 characters.', OVERRIDES),
  'overrides.cpu': effect("The task's size, which must exist with its memory.", OVERRIDES, REAL),
  'overrides.memory': effect("The task's size, which must exist with its cpu.", OVERRIDES, REAL),
  'overrides.taskRoleArn': effect(
    'The role of the containers.',
    OVERRIDES,
    TESTS.assignment('has the roles of the request before those of the definition'),
  ),
  'overrides.executionRoleArn': effect(
    'The role by which images, secrets and logs are asked for.',
    TESTS.assignment('has the roles of the request before those of the definition'),
  ),
  'overrides.ephemeralStorage': effect("The task's disk.", OVERRIDES),
  'overrides.ephemeralStorage.sizeInGiB': effect(
    'Its size.',
    OVERRIDES,
    TESTS.disk('has the size that the definition or RunTask asks for, within 1 %'),
  ),
  'overrides.inferenceAcceleratorOverrides': refused('AWS has ended Elastic Inference.'),
  'overrides.inferenceAcceleratorOverrides[].deviceName': within('overrides.inferenceAcceleratorOverrides'),
  'overrides.inferenceAcceleratorOverrides[].deviceType': within('overrides.inferenceAcceleratorOverrides'),
  'overrides.containerOverrides': effect('Changes of single containers.', OVERRIDES, REAL),
  [`${O}.name`]: effect('Which container.', OVERRIDES),
  [`${O}.command`]: effect('In place of its command.', OVERRIDES, REAL),
  [`${O}.environment`]: effect(
    'Variables, over those of the definition with the same name.',
    OVERRIDES,
    REAL,
  ),
  [`${O}.environment[].name`]: effect('The name of a variable; not that of a secret.', OVERRIDES),
  [`${O}.environment[].value`]: effect('Its value.', OVERRIDES),
  [`${O}.environmentFiles`]: effect('In place of the files of the definition.', REAL),
  [`${O}.environmentFiles[].value`]: effect('ARN of an object of S3.', REAL),
  [`${O}.environmentFiles[].type`]: effect('Always `s3`.', REAL),
  [`${O}.cpu`]: effect('In place of its share.', OVERRIDES),
  [`${O}.memory`]: effect('In place of its limit.', OVERRIDES),
  [`${O}.memoryReservation`]: effect('In place of its reservation.', OVERRIDES),
  [`${O}.resourceRequirements`]: refused(),
  [`${O}.resourceRequirements[].type`]: within(`${O}.resourceRequirements`),
  [`${O}.resourceRequirements[].value`]: within(`${O}.resourceRequirements`),
  [`${O}.resourceRequirements[].sharingStrategy`]: within(`${O}.resourceRequirements`),
  [`${O}.resourceRequirements[].sharingStrategy.nvidiaMps`]: within(`${O}.resourceRequirements`),
  [`${O}.resourceRequirements[].sharingStrategy.nvidiaMps.memory`]: within(`${O}.resourceRequirements`),
  [`${O}.resourceRequirements[].sharingStrategy.nvidiaMps.maxComputePercent`]: within(
    `${O}.resourceRequirements`,
  ),
};

const VOLUMES = {
  volumeConfigurations: refused('Neargate has no EBS.'),
  'volumeConfigurations[].name': within('volumeConfigurations'),
  ...Object.fromEntries(
    [
      ...['', '.roleArn', '.encrypted', '.kmsKeyId', '.volumeType', '.sizeInGiB', '.snapshotId'],
      ...['.volumeInitializationRate', '.iops', '.throughput', '.filesystemType', '.tagSpecifications'],
      ...[
        '.tagSpecifications[].resourceType',
        '.tagSpecifications[].tags',
        '.tagSpecifications[].tags[].key',
      ],
      ...['.tagSpecifications[].tags[].value', '.tagSpecifications[].propagateTags'],
      ...['.terminationPolicy', '.terminationPolicy.deleteOnTermination'],
    ].map((member) => [`${EBS}${member}`, within('volumeConfigurations')]),
  ),
};

export const RUN_TASK = { ...REQUEST, ...OVERRIDE, ...VOLUMES };
