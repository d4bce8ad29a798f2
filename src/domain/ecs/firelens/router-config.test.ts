import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../../test/support/agent/assignments.ts';
import type { ContainerDefinition, Secret } from '../task-definition.ts';
import { firelensRouterFile, type RouterFile } from './router-config.ts';

interface UserOptions {
  readonly options?: Record<string, string>;
  readonly secretOptions?: Secret[];
}

function user(name: string, rest: UserOptions = {}) {
  return aContainer(name, { logConfiguration: { logDriver: 'awsfirelens', ...rest } });
}

function router(type: string, options?: Record<string, string>, rest: Partial<ContainerDefinition> = {}) {
  return aContainer('log_router', { ...rest, firelensConfiguration: { type, options } });
}

function fileOf(...containers: ReturnType<typeof aContainer>[]): RouterFile {
  return firelensRouterFile(anAssignment(containers)) ?? assert.fail('the task has no router');
}

const APP = user('app', {
  options: {
    Name: 'cloudwatch_logs',
    region: 'eu-west-1',
    log_group_name: 'app group',
    'include-pattern': '^[a-z]+ error',
    'exclude-pattern': 'health check',
    'log-driver-buffer-limit': '2097152',
  },
});
const WEB = user('web', {
  options: { Name: 'splunk', Host: 'splunk.test' },
  secretOptions: [{ name: 'splunk_token', valueFrom: 'token' }],
});

const FLUENT_BIT = `[INPUT]
    Name forward
    Mem_Buf_Limit 50MB
    unix_path /var/run/fluent.sock

[INPUT]
    Name forward
    Listen 127.0.0.1
    Port 24224

[INPUT]
    Name tcp
    Tag firelens-healthcheck
    Listen 127.0.0.1
    Port 8877

[FILTER]
    Name grep
    Match app-firelens*
    Regex log ^[a-z]+ error

[FILTER]
    Name grep
    Match app-firelens*
    Exclude log health check

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster default
    Record ecs_task_arn arn:aws:ecs:eu-west-1:000000000000:task/default/0123456789abcdef0123456789abcdef
    Record ecs_task_definition web:1

@INCLUDE /extra.conf

[OUTPUT]
    Name null
    Match firelens-healthcheck

[OUTPUT]
    Name cloudwatch_logs
    Match app-firelens*
    log_group_name app group
    region eu-west-1

[OUTPUT]
    Name splunk
    Match web-firelens*
    Host splunk.test
    splunk_token \${splunk_token_1}
`;

const FLUENTD = `<source>
    @type unix
    path /var/run/fluent.sock
</source>

<source>
    @type forward
    bind 127.0.0.1
    port 24224
</source>

<filter app-firelens**>
    @type grep
    <regexp>
        key log
        pattern /^GET /api/
    </regexp>
</filter>

<filter app-firelens**>
    @type grep
    <exclude>
        key log
        pattern /debug/
    </exclude>
</filter>

<filter **>
    @type record_transformer
    <record>
        ecs_cluster default
        ecs_task_arn arn:aws:ecs:eu-west-1:000000000000:task/default/0123456789abcdef0123456789abcdef
        ecs_task_definition web:1
    </record>
</filter>

@include /fluentd/etc/extra.conf

<match app-firelens**>
    @type kinesis_firehose
    delivery_stream_name app
    token "#{ENV['token_1']}"
</match>
`;

describe('the configuration of a FireLens router', () => {
  it('is a file for Fluent Bit', () => {
    const options = { 'config-file-type': 'file', 'config-file-value': '/extra.conf' };
    const file = fileOf(
      APP,
      WEB,
      aContainer('other'),
      router('fluentbit', options, { memoryReservation: 100, memory: 500 }),
    );
    assert.equal(file.container, 'log_router');
    assert.equal(file.path, '/fluent-bit/etc/fluent-bit.conf');
    assert.equal(file.content, FLUENT_BIT);
  });

  it('is a file for Fluentd', () => {
    const app = user('app', {
      options: {
        '@type': 'kinesis_firehose',
        delivery_stream_name: 'app',
        'include-pattern': '^GET /api',
        'exclude-pattern': 'debug',
      },
      secretOptions: [{ name: 'token', valueFrom: 't' }],
    });
    const options = { 'config-file-type': 'file', 'config-file-value': '/fluentd/etc/extra.conf' };
    const file = fileOf(router('fluentd', options), app);
    assert.equal(file.path, '/fluentd/etc/fluent.conf');
    assert.equal(file.content, FLUENTD);
  });

  it('leaves out metadata when told so, and only then', () => {
    const metadataOf = (value: string): boolean =>
      fileOf(router('fluentbit', { 'enable-ecs-log-metadata': value })).content.includes('ecs_cluster');
    assert.deepEqual(['true', 'false'].map(metadataOf), [true, false]);
  });

  for (const { rest, limit } of [
    { rest: {}, limit: '25MB' },
    { rest: { memory: 51 }, limit: '25MB' },
    { rest: { memory: 512 }, limit: '256MB' },
    { rest: { memory: 512, memoryReservation: 128 }, limit: '64MB' },
  ]) {
    it(`holds at most ${limit} in memory for a router of ${JSON.stringify(rest)}`, () => {
      assert.match(
        fileOf(router('fluentbit', {}, rest)).content,
        new RegExp(`^ {4}Mem_Buf_Limit ${limit}$`, 'm'),
      );
    });
  }

  it("leaves the output of a container without options to the router's own file", () => {
    const { content } = fileOf(user('app', { options: { 'include-pattern': 'x' } }), router('fluentbit'));
    assert.match(content, /Match app-firelens\*\n {4}Regex log x/);
    assert.equal(content.match(/\[OUTPUT\]/g)?.length, 1);
  });

  it('is none without a router', () => {
    assert.equal(firelensRouterFile(anAssignment([aContainer('web')])), undefined);
  });

  const refusals: { name: string; containers: ReturnType<typeof aContainer>[]; message: string }[] = [
    {
      name: 'options without an output plugin',
      containers: [user('app', { options: { region: 'x' } }), router('fluentbit')],
      message:
        'unable to apply log options of container app to firelens config: missing output key Name which is required for firelens configuration of type fluentbit',
    },
    {
      name: 'a secret option without an output plugin',
      containers: [user('app', { secretOptions: [{ name: 'token', valueFrom: 't' }] }), router('fluentd')],
      message:
        'unable to apply log options of container app to firelens config: missing output key @type which is required for firelens configuration of type fluentd',
    },
    {
      name: 'an option that would begin a section of its own',
      containers: [user('app', { options: { Name: 'null', Alias: 'x\n[OUTPUT]' } }), router('fluentbit')],
      message:
        'unable to apply log options of container app to firelens config: option Alias has a line break',
    },
    {
      name: 'a router of another kind',
      containers: [router('vector')],
      message: 'unsupported firelens config type vector',
    },
    {
      name: 'a file from S3',
      containers: [
        router('fluentbit', { 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b/k' }),
      ],
      message: 'invalid value s3 is specified for option config-file-type',
    },
    {
      name: 'a file without a path',
      containers: [router('fluentbit', { 'config-file-type': 'file' })],
      message: 'option config-file-type is specified but config-file-value is not specified',
    },
  ];
  for (const { name, containers, message } of refusals) {
    it(`refuses ${name}`, () => assert.throws(() => fileOf(...containers), { kind: 'invalid', message }));
  }
});
