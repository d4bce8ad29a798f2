/** What Neargate measures, as Prometheus and a receiver of OTLP get it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateClusterCommand, RegisterTaskDefinitionCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { Neargate } from '../support/neargate/instance.ts';
import { OtlpSink } from '../support/otlp/otlp-sink.ts';
import { Prometheus, prometheusMissing, promtoolFindings } from '../support/prometheus/prometheus.ts';

const missing = await prometheusMissing();

describe('Metrics of a Neargate with a task', { skip: missing }, () => {
  let neargate: Neargate;
  let prometheus: Prometheus;
  let sink: OtlpSink;
  let directory: string;
  let taskArn = '';

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-metrics-'));
    const headersFile = join(directory, 'headers');
    await writeFile(headersFile, '# of the receiver\nX-Api-Key: sesame\n', { mode: 0o600 });
    sink = await OtlpSink.start();
    neargate = await Neargate.start({
      flags: [
        ...['--fake', '--metrics-listen', '127.0.0.1:0'],
        ...['--otlp-endpoint', `${sink.endpoint}/base/`, '--otlp-interval', '1s'],
        ...['--otlp-headers-file', headersFile],
      ],
    });
    prometheus = await Prometheus.start(metricsUrl());
    await neargate.ecs.send(new CreateClusterCommand({ clusterName: 'shop' }));
    await neargate.ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: 'web', requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc' },
        ...{ cpu: '512', memory: '1024' },
        containerDefinitions: [{ name: 'app', image: 'any:1', memoryReservation: 256, cpu: 128 }],
      }),
    );
    const subnets = [neargate.info.defaultVpc.subnets[0]?.subnetId ?? ''];
    const { tasks = [] } = await neargate.ecs.send(
      new RunTaskCommand({
        ...{ cluster: 'shop', taskDefinition: 'web', launchType: 'FARGATE' },
        networkConfiguration: { awsvpcConfiguration: { subnets } },
      }),
    );
    taskArn = tasks[0]?.taskArn ?? assert.fail('no task');
  });

  after(async () => {
    await prometheus?.close();
    await neargate?.close();
    await sink?.close();
    await rm(directory, { recursive: true, force: true });
  });

  function metricsUrl(): URL {
    return new URL(neargate.info.metrics ?? assert.fail('no address of metrics in the ready file'));
  }
  const taskId = (): string => taskArn.split('/').at(-1) ?? '';

  it('are scraped by Prometheus, which answers queries about them', async () => {
    const [tasks] = await prometheus.queryUntil(
      'neargate_tasks{status="RUNNING"}',
      ({ length }) => length > 0,
    );
    assert.equal(tasks?.value, 1);
    assert.equal(tasks?.metric['cluster'], 'shop');
    assert.equal(await prometheus.scrapeError(), '');
    const launches = 'sum(neargate_task_launch_duration_seconds_count)';
    await prometheus.queryUntil(launches, ([found]) => found?.value === 1);
    const requests = 'neargate_api_requests_total{service="ecs",operation="RunTask",status="200"}';
    await prometheus.queryUntil(requests, ([found]) => found?.value === 1);
    const memory = `neargate_container_memory_reserved_bytes{task_id="${taskId()}",container="app"}`;
    const [reserved] = await prometheus.queryUntil(memory, ({ length }) => length === 1);
    assert.equal(reserved?.value, 256 * 2 ** 20);
    const { family, revision, availability_zone: zone } = reserved?.metric ?? {};
    assert.deepEqual([family, revision, zone?.startsWith('us-east-1')], ['web', '1', true]);
  });

  it('hold what the agent measured of itself: the steps of launches as histograms', async () => {
    const steps = 'neargate_task_step_duration_seconds_count{step="attach-eni",outcome="done"}';
    const [found] = await prometheus.queryUntil(steps, ([one]) => one?.value === 1);
    assert.match(found?.metric['machine'] ?? '', /^[0-9a-f]{32}$/);
    const quantile =
      'histogram_quantile(0.99, sum by (le) (neargate_task_step_duration_seconds_bucket{step="attach-eni"}))';
    await prometheus.queryUntil(quantile, ([one]) => (one?.value ?? 0) > 0);
    const both = 'count(neargate_process_resident_memory_bytes)';
    await prometheus.queryUntil(both, ([one]) => one?.value === 2);
  });

  it('are without fault for promtool', async () => {
    const text = await (await fetch(metricsUrl())).text();
    assert.match(text, /^neargate_task_step_duration_seconds_bucket\{/m);
    assert.equal(await promtoolFindings(text), '');
  });

  it('are pushed to a receiver of OTLP, with what describes the task by its conventions', async () => {
    const name = 'neargate_container_memory_reserved_bytes';
    const { path, headers, points } = await sink.until((request) => request.points.has(name));
    assert.equal(path, '/base/v1/metrics');
    assert.equal(headers['x-api-key'], 'sesame');
    assert.equal(headers['content-type'], 'application/json');
    const [point] = points.get(name) ?? [];
    assert.deepEqual([point?.kind, point?.unit, point?.asDouble], ['gauge', 'By', 256 * 2 ** 20]);
    const resource = point?.resource ?? {};
    const expected = {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ecs',
      'cloud.account.id': '000000000000',
      'cloud.region': 'us-east-1',
      'aws.ecs.cluster.arn': 'arn:aws:ecs:us-east-1:000000000000:cluster/shop',
      'aws.ecs.task.arn': taskArn,
      'aws.ecs.task.family': 'web',
      'aws.ecs.task.revision': '1',
      'aws.ecs.launchtype': 'fargate',
      'container.name': 'app',
      'container.image.name': 'any',
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(resource[key], value, key);
    const [launch] = points.get('neargate_task_launch_duration_seconds') ?? [];
    assert.deepEqual([launch?.kind, launch?.count, launch?.unit], ['histogram', '1', 's']);
    assert.equal(launch?.bucketCounts?.length, (launch?.explicitBounds?.length ?? 0) + 1);
  });
});
