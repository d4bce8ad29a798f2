/** What a container's log configuration and FireLens configuration must hold, whatever it is to run on. */
import { checkEnum, constraintError } from '../constraints.ts';
import { checkSecrets } from '../environment-rules.ts';
import type { ContainerDefinition, LogConfiguration } from '../task-definition.ts';
import { refuse } from './refuse.ts';

const CODE = 'ClientException';
const DRIVERS = ['awsfirelens', 'awslogs', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'];
const MODES = ['blocking', 'non-blocking'];
const BUFFER_SIZE = /^\d+(\.\d+)?\s*[kmgt]?(i?b)?$/i;

/** Records that may wait for a log router. */
const MOST_BUFFERED = 536_870_912;

/** The options without which AWS does not take a driver; a secret option counts as given. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  awslogs: ['awslogs-region', 'awslogs-group'],
  splunk: ['splunk-url', 'splunk-token'],
};

/** The only options that are taken; drivers that are not here take any. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  awslogs: [
    ...['awslogs-create-group', 'awslogs-datetime-format', 'awslogs-group', 'awslogs-multiline-pattern'],
    ...['awslogs-region', 'awslogs-stream-prefix', 'max-buffer-size', 'mode'],
    // Known to the driver, where AWS does not take them: for services that stand elsewhere.
    ...['awslogs-endpoint', 'awslogs-create-stream', 'awslogs-force-flush-interval-seconds'],
  ],
  splunk: [
    ...['splunk-url', 'splunk-token', 'splunk-source', 'splunk-sourcetype', 'splunk-index'],
    ...['splunk-capath', 'splunk-caname', 'splunk-insecureskipverify', 'splunk-format'],
    ...['splunk-verify-connection', 'splunk-gzip', 'splunk-gzip-level', 'tag', 'labels', 'env'],
    ...['max-buffer-size', 'mode'],
  ],
};

const ROUTER_OPTIONS: Readonly<Record<string, readonly string[] | undefined>> = {
  'enable-ecs-log-metadata': ['true', 'false'],
  'config-file-type': ['s3', 'file'],
  'config-file-value': undefined,
};

type Options = Readonly<Record<string, string>>;

/** Throws ClientException for the first rule that is broken. */
export function checkLogging(containers: readonly ContainerDefinition[]): void {
  containers.forEach(({ logConfiguration, firelensConfiguration }, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    if (logConfiguration !== undefined) checkDriver(logConfiguration, `${path}.logConfiguration`);
    if (firelensConfiguration === undefined) return;
    const at = `${path}.firelensConfiguration`;
    checkEnum(CODE, `${at}.type`, firelensConfiguration.type, ['fluentd', 'fluentbit']);
    checkRouter(firelensConfiguration.options ?? {}, `${at}.options`);
  });
  checkFirelens(containers);
}

function checkDriver(
  { logDriver = '', options = {}, secretOptions = [] }: LogConfiguration,
  path: string,
): void {
  checkEnum(CODE, `${path}.logDriver`, logDriver, DRIVERS);
  checkSecrets(secretOptions, `${path}.secretOptions`, CODE);
  const given = new Set([
    ...Object.keys(options).filter((name) => options[name] !== ''),
    ...secretOptions.map(({ name }) => name),
  ]);
  const missing = (REQUIRED[logDriver] ?? []).filter((name) => !given.has(name));
  if (missing.length > 0) throw refuse(`Log driver ${logDriver} requires options: ${missing.join(', ')}`);
  const odd = Object.keys(options).filter((name) => ALLOWED[logDriver]?.includes(name) === false);
  if (odd.length > 0) throw refuse(`Log driver ${logDriver} disallows options: ${odd.join(', ')}`);
  checkDelivery(options, `${path}.options`);
  if (logDriver === 'awslogs') checkAwslogs(options, `${path}.options`);
  if (logDriver === 'awsfirelens') checkBufferLimit(options, `${path}.options`);
}

/** Options that every driver of Fargate has. */
function checkDelivery(options: Options, path: string): void {
  checkEnum(CODE, `${path}.mode`, options['mode'], MODES);
  const size = options['max-buffer-size'];
  if (size === undefined || BUFFER_SIZE.test(size)) return;
  throw constraintError(CODE, `${path}.max-buffer-size`, size, 'Member must be a size such as 25m');
}

function checkAwslogs(options: Options, path: string): void {
  checkEnum(CODE, `${path}.awslogs-create-group`, options['awslogs-create-group'], ['true', 'false']);
  const pattern = options['awslogs-multiline-pattern'];
  if (pattern === undefined || options['awslogs-datetime-format'] === undefined) return;
  throw constraintError(
    CODE,
    `${path}.awslogs-multiline-pattern`,
    pattern,
    'Member must not be set together with awslogs-datetime-format',
  );
}

function checkBufferLimit(options: Options, path: string): void {
  const limit = options['log-driver-buffer-limit'];
  if (limit === undefined || (/^\d{1,9}$/.test(limit) && Number(limit) <= MOST_BUFFERED)) return;
  const words = `Member must be a number from 0 to ${MOST_BUFFERED}`;
  throw constraintError(CODE, `${path}.log-driver-buffer-limit`, limit, words);
}

function checkRouter(options: Options, path: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(name in ROUTER_OPTIONS)) {
      const known = Object.keys(ROUTER_OPTIONS);
      throw constraintError(CODE, path, name, `Member must be one of [${known.join(', ')}]`);
    }
    const allowed = ROUTER_OPTIONS[name];
    if (allowed !== undefined) checkEnum(CODE, `${path}.${name}`, value, allowed);
  }
  const type = options['config-file-type'];
  const value = options['config-file-value'];
  if ((type === undefined) !== (value === undefined) || value === '') {
    const words = 'Member must be set together with config-file-type';
    throw constraintError(CODE, `${path}.config-file-value`, value, words);
  }
  if (type === 's3' && !/^arn:aws[a-z-]*:s3:::/.test(value ?? '')) throw refuse('Invalid arn syntax.');
}

/** A router and those who log to it need each other. */
function checkFirelens(containers: readonly ContainerDefinition[]): void {
  const routers = containers.filter(({ firelensConfiguration }) => firelensConfiguration !== undefined);
  const isUsed = containers.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awsfirelens');
  if (routers.length > 1) {
    throw refuse('Only one container of a task definition can have a firelensConfiguration.');
  }
  if (isUsed && routers.length === 0) {
    throw refuse(
      'When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.',
    );
  }
  if (!isUsed && routers.length > 0) {
    throw refuse(
      'When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.',
    );
  }
}
