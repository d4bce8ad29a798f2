/** CloudWatch Logs, as far as tasks and those who read their logs need it: a file an operation. */
import { TAKES_BLOCKS } from '../../wire/logs/block-upload.ts';
import type { AwsJsonService } from '../../wire/service.ts';
import { createLogGroup } from './groups/create-log-group.ts';
import { createLogStream } from './groups/create-log-stream.ts';
import { deleteLogGroup } from './groups/delete-log-group.ts';
import { deleteLogStream } from './groups/delete-log-stream.ts';
import { deleteRetentionPolicy } from './groups/delete-retention-policy.ts';
import type { LogsServiceDeps } from './deps.ts';
import { describeLogGroups } from './groups/describe-log-groups.ts';
import { describeLogStreams } from './groups/describe-log-streams.ts';
import { describeQueries } from './insights/describe-queries.ts';
import { filterLogEvents } from './events/filter-log-events.ts';
import { getLogEvents } from './events/get-log-events.ts';
import { getLogRecord } from './insights/get-log-record.ts';
import { getQueryResults } from './insights/get-query-results.ts';
import { InsightsQueries } from './insights/insights-queries.ts';
import { listTagsForResource } from './groups/list-tags-for-resource.ts';
import { listTagsLogGroup } from './groups/list-tags-log-group.ts';
import { LOGS_PERMISSIONS } from './permissions.ts';
import { putLogEvents } from './events/put-log-events.ts';
import { putRetentionPolicy } from './groups/put-retention-policy.ts';
import { startQuery } from './insights/start-query.ts';
import { stopQuery } from './insights/stop-query.ts';
import { tagLogGroup } from './groups/tag-log-group.ts';
import { tagResource } from './groups/tag-resource.ts';
import { untagLogGroup } from './groups/untag-log-group.ts';
import { untagResource } from './groups/untag-resource.ts';

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
