import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { platformVersion } from '../ecs/platform-version.ts';
import { containerResponseV2, containerResponseV4 } from './container-response.ts';
import { goJson } from './go-json.ts';
import { statsResponse } from './stats-response.ts';
import type { ContainerFigures, Sample } from './statistics.ts';
import { taskResponseV2, taskResponseV4 } from './task-response.ts';
import type { MetadataContainer, MetadataTask } from './task-view.ts';

const TASK_ID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const ARN = 'arn:aws:ecs:eu-west-1:000000000000';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const at = (second: number, ms = 0): number => Date.UTC(2025, 0, 2, 3, 4, second, ms);

const web: MetadataContainer = {
  name: 'web',
  dockerId: `${TASK_ID}-1234567890`,
  knownStatus: 'RUNNING',
  imageDigest: DIGEST,
  startedAt: at(10, 500),
  health: { status: 'HEALTHY', since: at(41), exitCode: 0, output: 'ok\n' },
  restartCount: 0,
};

function aTask(changes: Partial<MetadataTask> = {}, platform = '1.4.0'): MetadataTask {
  const definition = aContainer('web', {
    image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:7',
    dockerLabels: { b: '<&>', A: '1' },
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-stream-prefix': 'pre', 'awslogs-group': '/shop', 'awslogs-region': 'eu-west-1' },
    },
  });
  return {
    assignment: anAssignment([definition], {
      ...{ taskId: TASK_ID, family: 'shop', revision: 12, cpuUnits: 512, memoryMiB: 1024 },
      ...{ platformVersion: platform },
    }),
    desiredStatus: 'RUNNING',
    knownStatus: 'RUNNING',
    pullStartedAt: at(5, 600),
    pullStoppedAt: at(9, 123),
    containers: [web],
    ...changes,
  };
}

const LABELS =
  String.raw`"Labels":{"A":"1","b":"\u003c\u0026\u003e","com.amazonaws.ecs.cluster":"${ARN}:cluster/default",` +
  `"com.amazonaws.ecs.container-name":"web","com.amazonaws.ecs.task-arn":"${ARN}:task/default/${TASK_ID}",` +
  '"com.amazonaws.ecs.task-definition-family":"shop","com.amazonaws.ecs.task-definition-version":"12"}';
const HEAD =
  `{"DockerId":"${TASK_ID}-1234567890","Name":"web","DockerName":"web",` +
  `"Image":"111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:7","ImageID":"${DIGEST}",${LABELS},` +
  '"DesiredStatus":"RUNNING","KnownStatus":"RUNNING","Limits":{"CPU":2},' +
  '"CreatedAt":"2025-01-02T03:04:10.5Z","StartedAt":"2025-01-02T03:04:10.5Z","Type":"NORMAL",';
const HEALTH = String.raw`"Health":{"status":"HEALTHY","statusSince":"2025-01-02T03:04:41Z","output":"ok\n"}`;
const IDENTITY =
  `{"Cluster":"${ARN}:cluster/default","TaskARN":"${ARN}:task/default/${TASK_ID}","Family":"shop",` +
  '"Revision":"12","DesiredStatus":"RUNNING","KnownStatus":"RUNNING",';
const FIGURES =
  '"Limits":{"CPU":0.5,"Memory":1024},"PullStartedAt":"2025-01-02T03:04:05.6Z",' +
  '"PullStoppedAt":"2025-01-02T03:04:09.123Z"';
const SHORT_NETWORK = '{"NetworkMode":"awsvpc","IPv4Addresses":["172.31.16.5"]}';
const V2_CONTAINER = `${HEAD}"Networks":[${SHORT_NETWORK}],${HEALTH}}`;
const V4_CONTAINER =
  `${HEAD}${HEALTH},"LogDriver":"awslogs","LogOptions":{"awslogs-group":"/shop","awslogs-region":"eu-west-1",` +
  `"awslogs-stream":"pre/web/${TASK_ID}"},"ContainerARN":"${ARN}:container/default/web",` +
  '"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["172.31.16.5"],"AttachmentIndex":0,' +
  '"MACAddress":"0a:00:00:00:00:05","IPv4SubnetCIDRBlock":"172.31.16.0/20","DomainNameServers":["172.31.0.2"],' +
  '"DomainNameSearchList":["eu-west-1.compute.internal"],' +
  '"PrivateDNSName":"ip-172-31-16-5.eu-west-1.compute.internal","SubnetGatewayIpv4Address":"172.31.16.1/20"}],' +
  '"Snapshotter":"overlayfs","RestartCount":0}';

describe('metadata of a task', () => {
  it('has the members and the order of v4', () => {
    const clockDrift = { errorBoundMs: 0.41, measuredAt: at(20, 999), synchronized: true };
    assert.equal(
      goJson(taskResponseV4(aTask(), { clockDrift, storageUsedBytes: 300.7 * 2 ** 20 })),
      `${IDENTITY}${FIGURES},"AvailabilityZone":"eu-west-1a","LaunchType":"FARGATE","Containers":[${V4_CONTAINER}],` +
        '"ClockDrift":{"ClockErrorBound":0.41,"ReferenceTimestamp":"2025-01-02T03:04:20Z",' +
        '"ClockSynchronizationStatus":"SYNCHRONIZED"},"EphemeralStorageMetrics":{"Utilized":300,"Reserved":20496},' +
        '"FaultInjectionEnabled":false}',
    );
  });

  it('has those of v2 and v3, and on 1.3.0 no zone', () => {
    const head = `${IDENTITY}"Containers":[${V2_CONTAINER}],${FIGURES}`;
    assert.equal(goJson(taskResponseV2(aTask())), `${head},"AvailabilityZone":"eu-west-1a"}`);
    assert.equal(goJson(taskResponseV2(aTask({}, '1.3.0'))), `${head}}`);
  });

  it('lists in v4 the supervisor of a task with file systems, beside its own containers', () => {
    const whole = aTask();
    const volumes = [{ name: 'files', efsVolumeConfiguration: { fileSystemId: 'fs-0123456789abcdef0' } }];
    const task = { ...whole, assignment: { ...whole.assignment, volumes } };
    const namesIn = (text: string): string[] =>
      [...text.matchAll(/"DockerName":"([^"]+)"/g)].map(([, name = '']) => name);
    assert.deepEqual(namesIn(goJson(taskResponseV4(task, {}))), ['web', 'aws-fargate-supervisor']);
    assert.deepEqual(namesIn(goJson(taskResponseV2(task))), ['web']);
    assert.deepEqual(namesIn(goJson(taskResponseV4(whole, {}))), ['web']);
  });

  it('tells when execution stopped, and that the clock is not synchronized', () => {
    const text = goJson(
      taskResponseV4(aTask({ executionStoppedAt: at(30), desiredStatus: 'STOPPED' }), {
        clockDrift: { measuredAt: at(20), synchronized: false },
      }),
    );
    assert.match(text, /"DesiredStatus":"STOPPED".*"ExecutionStoppedAt":"2025-01-02T03:04:30Z"/);
    assert.match(
      text,
      /"ClockDrift":{"ReferenceTimestamp":"2025-01-02T03:04:20Z","ClockSynchronizationStatus":"NOT_SYNCHRONIZED"}/,
    );
    assert.doesNotMatch(text, /EphemeralStorageMetrics/);
  });
});

describe('metadata of a container', () => {
  const scene = (container: Partial<MetadataContainer>) => ({
    task: aTask(),
    container: { ...web, ...container },
    platform: platformVersion('1.4.0').metadata,
  });
  const of = (container: Partial<MetadataContainer>): string => goJson(containerResponseV4(scene(container)));

  it('shows its end', () => {
    const text = of({ knownStatus: 'STOPPED', exitCode: 0, finishedAt: at(50) });
    assert.match(text, /"KnownStatus":"STOPPED","ExitCode":0,/);
    assert.match(text, /"FinishedAt":"2025-01-02T03:04:50Z"/);
  });

  it('has neither a share nor times while its image is being pulled', () => {
    const pulled: MetadataContainer = { name: 'web', dockerId: web.dockerId, knownStatus: 'PULLED' };
    const text = goJson(containerResponseV2({ ...scene({}), container: pulled }));
    assert.match(text, /"KnownStatus":"PULLED","Limits":{"CPU":0},"Type"/);
  });

  it('leaves out a health that is not known, and shows why it is bad', () => {
    const unknown = of({ health: { status: 'UNKNOWN', since: at(1), output: '' } });
    assert.match(unknown, /"Health":{"statusSince":"2025-01-02T03:04:01Z"}/);
    const bad = of({ health: { status: 'UNHEALTHY', since: at(1), exitCode: 3, output: 'no' } });
    assert.match(bad, /"Health":{"status":"UNHEALTHY","statusSince":"[^"]+","exitCode":3,"output":"no"}/);
  });
});

describe('statistics', () => {
  const figures = (total: number): ContainerFigures => ({
    cpu: { total, kernel: 1, user: 2, perCpu: [3, 4], periods: 5, throttledPeriods: 6, throttledTime: 7 },
    memory: { usage: 100, maxUsage: 200, failures: 0, stats: { rss: 9, cache: 0 } },
    block: { bytes: [{ major: 259, minor: 0, op: 'Read', value: 4096 }], operations: [] },
    processes: 1,
  });
  const network = (bytes: number) => ({
    ...{ rxBytes: bytes, rxPackets: 2, rxErrors: 0, rxDropped: 0 },
    ...{ txBytes: 80, txPackets: 2, txErrors: 0, txDropped: 0 },
  });
  const sample = (second: number, total: number, bytes: number): Sample => ({
    ...{ at: at(second), figures: figures(total), systemCpu: 900, onlineCpus: 2, network: network(bytes) },
  });
  const whole = { name: 'web', dockerId: 'id-1', last: sample(20, 50, 300), before: sample(10, 40, 100) };
  const CPU = (total: number): string =>
    `{"cpu_usage":{"total_usage":${total},"percpu_usage":[3,4],"usage_in_kernelmode":1,"usage_in_usermode":2},` +
    '"system_cpu_usage":900,"online_cpus":2,"throttling_data":{"periods":5,"throttled_periods":6,"throttled_time":7}}';

  it('have the members and the order of Docker’s, with Fargate’s own', () => {
    assert.equal(
      goJson(statsResponse({ ...whole, version: 'v4', networkStatistics: true })),
      '{"read":"2025-01-02T03:04:20Z","preread":"2025-01-02T03:04:10Z","pids_stats":{},' +
        '"blkio_stats":{"io_service_bytes_recursive":[{"major":259,"minor":0,"op":"Read","value":4096}],' +
        '"io_serviced_recursive":[],"io_queue_recursive":[],"io_service_time_recursive":[],' +
        '"io_wait_time_recursive":[],"io_merged_recursive":[],"io_time_recursive":[],"sectors_recursive":[]},' +
        `"num_procs":0,"storage_stats":{},"cpu_stats":${CPU(50)},"precpu_stats":${CPU(40)},` +
        '"memory_stats":{"usage":100,"max_usage":200,"stats":{"cache":0,"rss":9},"limit":9223372036854771712},' +
        '"name":"web","id":"id-1","networks":{"eth1":{"rx_bytes":300,"rx_packets":2,"rx_errors":0,"rx_dropped":0,' +
        '"tx_bytes":80,"tx_packets":2,"tx_errors":0,"tx_dropped":0}},' +
        '"network_rate_stats":{"rx_bytes_per_sec":20,"tx_bytes_per_sec":0}}',
    );
  });

  it('have rates in v4 only, and no network where the platform version has none', () => {
    const v3 = goJson(statsResponse({ ...whole, version: 'v3', networkStatistics: true }));
    assert.match(v3, /"networks"/);
    assert.doesNotMatch(v3, /network_rate_stats/);
    assert.doesNotMatch(
      goJson(statsResponse({ ...whole, version: 'v3', networkStatistics: false })),
      /network/,
    );
  });

  it('begin without a sample before', () => {
    const { last } = whole;
    const text = goJson(
      statsResponse({ name: 'web', dockerId: 'id-1', last, version: 'v4', networkStatistics: true }),
    );
    assert.match(text, /"preread":"0001-01-01T00:00:00Z"/);
    assert.match(text, /"precpu_stats":{"cpu_usage":{"total_usage":0,/);
    assert.doesNotMatch(text, /network_rate_stats/);
  });
});
