/**
 * ECS on a memory store, called as the front door calls it: input and output pass through the codec of the SDK's
 * schemas, so that a test sees what a client sees.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecs';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import type { TaskRecord } from '../../../src/domain/ecs/records.ts';
import { isApiError } from '../../../src/domain/errors.ts';
import { type Ec2Kind, keys } from '../../../src/domain/keys.ts';
import { defaultVpc } from '../../../src/domain/network/default-vpc.ts';
import { newVpc } from '../../../src/domain/network/new-vpc.ts';
import type { SubnetRecord } from '../../../src/domain/network/records.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import type { EcsDeps } from '../../../src/services/ecs/deps.ts';
import { DefaultNetworks } from '../../../src/services/ec2/default-network.ts';
import { createEcsService } from '../../../src/services/ecs/service.ts';
import { SchemaCodecs } from '../../../src/wire/aws-json/operation-codec.ts';
import { missingMembersError } from '../../../src/wire/json/body.ts';
import type { ServiceDefinition } from '../../../src/wire/service.ts';
import { silentLogger } from '../agent/silent-logger.ts';

export const SCOPE = { account: '000000000000', region: 'eu-west-1' };
export const ROOT = `arn:aws:iam::${SCOPE.account}:root`;

export const VPC = defaultVpc(SCOPE, '172.31.0.0/16', (text) => {
  return createHash('sha256').update(text).digest('hex');
});
export const SUBNET = VPC.subnets[0]?.subnetId ?? '';
/** Of another VPC, which `addForeignVpc` makes. */
export const FOREIGN_SUBNET = 'subnet-0000000000000000f';
export const FOREIGN_GROUP = 'sg-0000000000000000f';

/** Request and answer of each operation. */
interface Operations {
  CreateCluster: [sdk.CreateClusterRequest, sdk.CreateClusterResponse];
  DescribeClusters: [sdk.DescribeClustersRequest, sdk.DescribeClustersResponse];
  ListClusters: [sdk.ListClustersRequest, sdk.ListClustersResponse];
  UpdateCluster: [sdk.UpdateClusterRequest, sdk.UpdateClusterResponse];
  UpdateClusterSettings: [sdk.UpdateClusterSettingsRequest, sdk.UpdateClusterSettingsResponse];
  DeleteCluster: [sdk.DeleteClusterRequest, sdk.DeleteClusterResponse];
  PutClusterCapacityProviders: [
    sdk.PutClusterCapacityProvidersRequest,
    sdk.PutClusterCapacityProvidersResponse,
  ];
  DescribeCapacityProviders: [sdk.DescribeCapacityProvidersRequest, sdk.DescribeCapacityProvidersResponse];
  RegisterTaskDefinition: [sdk.RegisterTaskDefinitionRequest, sdk.RegisterTaskDefinitionResponse];
  DescribeTaskDefinition: [sdk.DescribeTaskDefinitionRequest, sdk.DescribeTaskDefinitionResponse];
  ListTaskDefinitions: [sdk.ListTaskDefinitionsRequest, sdk.ListTaskDefinitionsResponse];
  ListTaskDefinitionFamilies: [sdk.ListTaskDefinitionFamiliesRequest, sdk.ListTaskDefinitionFamiliesResponse];
  DeregisterTaskDefinition: [sdk.DeregisterTaskDefinitionRequest, sdk.DeregisterTaskDefinitionResponse];
  DeleteTaskDefinitions: [sdk.DeleteTaskDefinitionsRequest, sdk.DeleteTaskDefinitionsResponse];
  RunTask: [sdk.RunTaskRequest, sdk.RunTaskResponse];
  StopTask: [sdk.StopTaskRequest, sdk.StopTaskResponse];
  UpdateTaskProtection: [sdk.UpdateTaskProtectionRequest, sdk.UpdateTaskProtectionResponse];
  GetTaskProtection: [sdk.GetTaskProtectionRequest, sdk.GetTaskProtectionResponse];
  DescribeTasks: [sdk.DescribeTasksRequest, sdk.DescribeTasksResponse];
  ListTasks: [sdk.ListTasksRequest, sdk.ListTasksResponse];
  TagResource: [sdk.TagResourceRequest, sdk.TagResourceResponse];
  UntagResource: [sdk.UntagResourceRequest, sdk.UntagResourceResponse];
  ListTagsForResource: [sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse];
  PutAccountSetting: [sdk.PutAccountSettingRequest, sdk.PutAccountSettingResponse];
  PutAccountSettingDefault: [sdk.PutAccountSettingDefaultRequest, sdk.PutAccountSettingDefaultResponse];
  ListAccountSettings: [sdk.ListAccountSettingsRequest, sdk.ListAccountSettingsResponse];
  DeleteAccountSetting: [sdk.DeleteAccountSettingRequest, sdk.DeleteAccountSettingResponse];
}

export class EcsUnderTest {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly service: ServiceDefinition;
  readonly networks: DefaultNetworks;
  readonly #codecs = new SchemaCodecs();

  constructor(settings: Partial<Pick<EcsDeps, 'platformLatest' | 'runtimes'>> = {}) {
    this.networks = new DefaultNetworks({ store: this.store, clock: this.clock, vpcCidr: VPC.cidr });
    this.service = createEcsService({
      store: this.store,
      clock: this.clock,
      ids: randomIds,
      logger: silentLogger,
      platformLatest: '1.4.0',
      runtimes: ['runc', 'gvisor'],
      ...settings,
      ensureNetwork: (scope) => this.networks.ensure(scope),
    });
  }

  /** As root of the account unless said otherwise. */
  async call<N extends keyof Operations>(
    name: N,
    input: Operations[N][0],
    principalArn = ROOT,
  ): Promise<Operations[N][1]> {
    const operation = this.service.operations.find((one) => one.name === name);
    assert.ok(operation, name);
    const codec = this.#codecs.operation(operation.schema);
    const decoded = codec.decodeInput(Buffer.from(JSON.stringify(input)));
    if (decoded.missing.length > 0) throw missingMembersError('InvalidParameterException', decoded.missing);
    const context = {
      scope: SCOPE,
      principalArn,
      requestId: randomIds.uuid(),
      signal: new AbortController().signal,
    };
    const answer = codec.encodeOutput(await operation.handle(decoded.input, context));
    return codec.decodeOutput(Buffer.from(answer)) as Operations[N][1];
  }

  /** A cluster `default` and a definition `web:1`, and a RunTask request that needs nothing more. */
  async ready(definition: Partial<sdk.RegisterTaskDefinitionRequest> = {}): Promise<sdk.RunTaskRequest> {
    await this.call('CreateCluster', {});
    await this.call('RegisterTaskDefinition', aDefinition(definition));
    return aRunTask();
  }

  /** A second VPC with a subnet and a group. */
  async addForeignVpc(): Promise<void> {
    const parts = newVpc(
      { scope: SCOPE, cidr: '10.0.0.0/16', now: 0, id: (prefix) => `${prefix}-0000000000000000f` },
      'dopt-1',
    );
    const { vpcId } = parts.vpc;
    const subnet: SubnetRecord = {
      ...{ subnetId: FOREIGN_SUBNET, vpcId, cidr: '10.0.0.0/24', availabilityZone: 'eu-west-1a' },
      ...{ isDefault: false, mapPublicIpOnLaunch: false, createdAt: 0, tags: {} },
    };
    const put = (kind: Ec2Kind, id: string, value: unknown) => ({ put: keys.ec2(SCOPE, kind, id), value });
    await this.store.transact(
      [],
      [
        put('vpc', vpcId, parts.vpc),
        put('subnet', FOREIGN_SUBNET, subnet),
        put('security-group', FOREIGN_GROUP, parts.group),
      ],
    );
  }

  /** The only task that a request gives. */
  async run(request: sdk.RunTaskRequest): Promise<sdk.Task> {
    const { tasks = [] } = await this.call('RunTask', request);
    assert.equal(tasks.length, 1);
    return tasks[0] as sdk.Task;
  }

  async record(taskArn: string | undefined): Promise<TaskRecord> {
    const [, cluster = '', id = ''] = taskArn?.split('/') ?? [];
    const entry = await this.store.get<TaskRecord>(keys.task(SCOPE, cluster, id));
    assert.ok(entry);
    return entry.value;
  }

  /** What the control loops would write. */
  async change(taskArn: string | undefined, change: Partial<TaskRecord>): Promise<void> {
    const record = await this.record(taskArn);
    const put = keys.task(SCOPE, record.clusterName, record.taskId);
    await this.store.transact([], [{ put, value: { ...record, ...change } }]);
  }
}

export function aDefinition(
  over: Partial<sdk.RegisterTaskDefinitionRequest> = {},
): sdk.RegisterTaskDefinitionRequest {
  return {
    family: 'web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: 'localhost:5000/sample:1' }],
    ...over,
  };
}

export function aRunTask(over: Partial<sdk.RunTaskRequest> = {}): sdk.RunTaskRequest {
  return {
    taskDefinition: 'web',
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: [SUBNET] } },
    ...over,
  };
}

/** Asserts that a call fails with this code and text. */
export async function refuses(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp,
): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    assert.ok(isApiError(error), `not an API error: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return error.fields;
  }
  assert.fail(`nothing was refused; expected ${code}: ${String(message)}`);
}
