/** What a container's log configuration and FireLens configuration must hold, whatever it is to run on. */
import { ApiError } from '../../errors.ts';
import { checkEnum, constraintError } from '../constraints.ts';
import type { ContainerDefinition } from '../task-definition.ts';

const CODE = 'ClientException';
const DRIVERS = ['awsfirelens', 'awslogs', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'];

/** Throws ClientException for the first rule that is broken. */
export function checkLogging(containers: readonly ContainerDefinition[]): void {
  const routers = containers.filter(({ firelensConfiguration }) => firelensConfiguration !== undefined);
  if (routers.length > 1) {
    throw new ApiError(CODE, 'Only one container of a task definition can have a firelensConfiguration.');
  }
  containers.forEach(({ logConfiguration, firelensConfiguration }, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    checkEnum(CODE, `${path}.firelensConfiguration.type`, firelensConfiguration?.type, [
      'fluentd',
      'fluentbit',
    ]);
    if (logConfiguration === undefined) return;
    const { logDriver, options = {} } = logConfiguration;
    checkEnum(CODE, `${path}.logConfiguration.logDriver`, logDriver, DRIVERS);
    if (logDriver === 'awslogs') checkAwslogs(options, `${path}.logConfiguration.options`);
    if (logDriver === 'awsfirelens' && routers.length === 0) {
      throw new ApiError(
        CODE,
        'A container with a firelensConfiguration is required when the log driver awsfirelens is used.',
      );
    }
  });
}

function checkAwslogs(options: Readonly<Record<string, string>>, path: string): void {
  if ((options['awslogs-group'] ?? '') === '') {
    throw new ApiError(CODE, 'Log driver awslogs requires options: awslogs-group');
  }
  checkEnum(CODE, `${path}.mode`, options['mode'], ['blocking', 'non-blocking']);
  checkEnum(CODE, `${path}.awslogs-create-group`, options['awslogs-create-group'], ['true', 'false']);
  if (
    options['awslogs-datetime-format'] !== undefined &&
    options['awslogs-multiline-pattern'] !== undefined
  ) {
    throw constraintError(
      CODE,
      `${path}.awslogs-multiline-pattern`,
      options['awslogs-multiline-pattern'],
      'Member must not be set together with awslogs-datetime-format',
    );
  }
}
