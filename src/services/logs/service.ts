/** CloudWatch Logs, as far as tasks and those who read their logs need it: a file an operation. */
import { TAKES_BLOCKS } from '../../wire/logs/block-upload.ts';
import type { AwsJsonService } from '../../wire/service.ts';
import { createLogGroup } from './create-log-group.ts';
import { createLogStream } from './create-log-stream.ts';
import { deleteLogGroup } from './delete-log-group.ts';
import { deleteLogStream } from './delete-log-stream.ts';
import { deleteRetentionPolicy } from './delete-retention-policy.ts';
import type { LogsServiceDeps } from './deps.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { describeQueries } from './describe-queries.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';
import { getLogRecord } from './get-log-record.ts';
import { getQueryResults } from './get-query-results.ts';
import { InsightsQueries } from './insights-queries.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTagsLogGroup } from './list-tags-log-group.ts';
import { LOGS_PERMISSIONS } from './permissions.ts';
import { putLogEvents } from './put-log-events.ts';
import { putRetentionPolicy } from './put-retention-policy.ts';
import { startQuery } from './start-query.ts';
import { stopQuery } from './stop-query.ts';
import { tagLogGroup } from './tag-log-group.ts';
import { tagResource } from './tag-resource.ts';
import { untagLogGroup } from './untag-log-group.ts';
import { untagResource } from './untag-resource.ts';

export function createLogsService(deps: LogsServiceDeps): AwsJsonService {
  const queries = new InsightsQueries(deps);
  return {
    name: 'logs',
    targetPrefix: 'Logs_20140328',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    headers: TAKES_BLOCKS,
    permissions: LOGS_PERMISSIONS,
    operations: [
      createLogGroup(deps),
      deleteLogGroup(deps),
      describeLogGroups(deps),
      createLogStream(deps),
      deleteLogStream(deps),
      describeLogStreams(deps),
      putLogEvents(deps),
      getLogEvents(deps),
      filterLogEvents(deps),
      putRetentionPolicy(deps),
      deleteRetentionPolicy(deps),
      tagResource(deps),
      untagResource(deps),
      listTagsForResource(deps),
      tagLogGroup(deps),
      untagLogGroup(deps),
      listTagsLogGroup(deps),
      startQuery(deps, queries),
      getQueryResults(queries),
      getLogRecord(deps),
      stopQuery(queries),
      describeQueries(queries),
    ],
  };
}
