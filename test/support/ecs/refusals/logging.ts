/** Refusals of log configurations and of FireLens. */
import { aws, constraint, FIRST, notOneOf, ours, ROLE, withContainer, withSecond } from './refusal.ts';

const C = 'containerDefinitions[]';
const L = `${C}.logConfiguration`;
const F = `${C}.firelensConfiguration`;
const OPTIONS = `${FIRST}.logConfiguration.options`;
const GIVEN = { 'awslogs-group': '/app', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'app' };

const awslogs = (options: Record<string, string>, executionRoleArn: string | undefined = ROLE) =>
  withContainer({ logConfiguration: { logDriver: 'awslogs', options } }, { executionRoleArn });
const driver = (logDriver: string, options: Record<string, string> = {}) =>
  withContainer({ logConfiguration: { logDriver, options } });
/** A router, and a container that logs to it. */
const router = (options: Record<string, string>, type = 'fluentbit') =>
  withSecond(
    { logConfiguration: { logDriver: 'awsfirelens' } },
    { firelensConfiguration: { type, options } },
  );

export const LOG_REFUSALS = [
  ours(
    `${L}.logDriver`,
    'a log driver that does not exist',
    driver('paper'),
    notOneOf(
      `${FIRST}.logConfiguration.logDriver`,
      'paper',
      ...['awsfirelens', 'awslogs', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'],
    ),
  ),
  aws(
    `${L}.logDriver`,
    'a log driver of Docker',
    driver('json-file'),
    'json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]',
  ),
  aws(
    `${L}.logDriver`,
    'awslogs without execution role',
    withContainer({ logConfiguration: { logDriver: 'awslogs', options: GIVEN } }),
    'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
  ),
  aws(
    `${L}.options`,
    'awslogs without group',
    awslogs({ 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'app' }),
    'Log driver awslogs requires options: awslogs-group',
  ),
  aws(
    `${L}.options`,
    'awslogs without options',
    awslogs({}),
    'Log driver awslogs requires options: awslogs-region, awslogs-group',
  ),
  aws(
    `${L}.options`,
    'awslogs without prefix of streams',
    awslogs({ 'awslogs-group': '/app', 'awslogs-region': 'us-east-1' }),
    'Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.',
  ),
  aws(
    `${L}.options`,
    'awslogs with an option of another driver',
    awslogs({ ...GIVEN, log_key: 'log' }),
    'Log driver awslogs disallows options: log_key',
  ),
  ours(
    `${L}.options`,
    'awslogs with a mode that does not exist',
    awslogs({ ...GIVEN, mode: 'sometimes' }),
    notOneOf(`${OPTIONS}.mode`, 'sometimes', 'blocking', 'non-blocking'),
  ),
  ours(
    `${L}.options`,
    'awslogs that may create its group perhaps',
    awslogs({ ...GIVEN, 'awslogs-create-group': 'perhaps' }),
    notOneOf(`${OPTIONS}.awslogs-create-group`, 'perhaps', 'true', 'false'),
  ),
  ours(
    `${L}.options`,
    'a buffer that is no size',
    awslogs({ ...GIVEN, mode: 'non-blocking', 'max-buffer-size': 'large' }),
    constraint(`${OPTIONS}.max-buffer-size`, 'large', 'Member must be a size such as 25m'),
  ),
  ours(
    `${L}.options`,
    'two rules for events of several lines',
    awslogs({ ...GIVEN, 'awslogs-datetime-format': '%Y', 'awslogs-multiline-pattern': '^a' }),
    constraint(
      `${OPTIONS}.awslogs-multiline-pattern`,
      '^a',
      'Member must not be set together with awslogs-datetime-format',
    ),
  ),
  ours(
    `${L}.options`,
    'splunk without options',
    driver('splunk'),
    'Log driver splunk requires options: splunk-url, splunk-token',
  ),
  ours(
    `${L}.options`,
    'splunk with an option of another driver',
    driver('splunk', { 'splunk-url': 'https://s:1', 'splunk-token': 't', 'awslogs-group': 'g' }),
    'Log driver splunk disallows options: awslogs-group',
  ),
  ours(
    `${L}.options`,
    'awsfirelens with a buffer that is no number',
    withSecond(
      { firelensConfiguration: { type: 'fluentbit' } },
      { logConfiguration: { logDriver: 'awsfirelens', options: { 'log-driver-buffer-limit': 'large' } } },
    ),
    constraint(`${OPTIONS}.log-driver-buffer-limit`, 'large', 'Member must be a number from 0 to 536870912'),
  ),
];

export const FIRELENS_REFUSALS = [
  aws(
    F,
    'awsfirelens without router',
    driver('awsfirelens'),
    'When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.',
  ),
  aws(
    F,
    'a router that nobody logs to',
    withContainer({ firelensConfiguration: { type: 'fluentbit' } }),
    'When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.',
  ),
  ours(
    F,
    'two routers',
    withSecond(
      { firelensConfiguration: { type: 'fluentbit' } },
      { firelensConfiguration: { type: 'fluentd' }, logConfiguration: { logDriver: 'awsfirelens' } },
    ),
    'Only one container of a task definition can have a firelensConfiguration.',
  ),
  ours(
    `${F}.type`,
    'a router that does not exist',
    router({}, 'logstash'),
    notOneOf(`${FIRST}.firelensConfiguration.type`, 'logstash', 'fluentd', 'fluentbit'),
  ),
  ours(
    `${F}.options`,
    'a router with an odd option',
    router({ colour: 'red' }),
    constraint(
      `${FIRST}.firelensConfiguration.options`,
      'colour',
      'Member must be one of [enable-ecs-log-metadata, config-file-type, config-file-value]',
    ),
  ),
  ours(
    `${F}.options`,
    'metadata that are neither on nor off',
    router({ 'enable-ecs-log-metadata': 'some' }),
    notOneOf(`${FIRST}.firelensConfiguration.options.enable-ecs-log-metadata`, 'some', 'true', 'false'),
  ),
  ours(
    `${F}.options`,
    'a type of configuration file that does not exist',
    router({ 'config-file-type': 'http', 'config-file-value': '/a' }),
    notOneOf(`${FIRST}.firelensConfiguration.options.config-file-type`, 'http', 's3', 'file'),
  ),
  ours(
    `${F}.options`,
    'a configuration file without type',
    router({ 'config-file-value': '/a' }),
    constraint(
      `${FIRST}.firelensConfiguration.options.config-file-value`,
      '/a',
      'Member must be set together with config-file-type',
    ),
  ),
  aws(
    `${F}.options`,
    'a configuration in S3 by its URL',
    router({ 'config-file-type': 's3', 'config-file-value': 's3://b/f.conf' }),
    'Invalid arn syntax.',
  ),
  ours(
    `${F}.options`,
    'a configuration from S3',
    router({ 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b/f.conf' }),
    "Fargate launch type does not support FirelensConfiguration config file from 's3'",
  ),
];
