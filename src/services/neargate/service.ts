/** What Neargate's own command line asks beside AWS's operations. */
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import { parseArn } from '../../domain/arn.ts';
import {
  ListImagePulls$,
  type ListImagePullsResponse,
  NEARGATE_SERVICE,
  NEARGATE_TARGET_PREFIX,
} from '../../wire/neargate-operations.ts';
import { type AwsJsonService, operation } from '../../wire/service.ts';

/** `pulls`: those of all machines. */
export function createNeargateService(pulls: { all(): readonly ImagePull[] }): AwsJsonService {
  return {
    name: NEARGATE_SERVICE,
    targetPrefix: NEARGATE_TARGET_PREFIX,
    protocol: 'aws-json',
    jsonVersion: '1.1',
    permissions: { prefix: NEARGATE_SERVICE, rules: { ListImagePulls: '*' } },
    operations: [
      operation(ListImagePulls$, async (_input: object, { scope }): Promise<ListImagePullsResponse> => {
        const own = pulls.all().filter(({ taskArn }) => {
          const arn = parseArn(taskArn);
          return arn?.account === scope.account && arn.region === scope.region;
        });
        return { pulls: own.map(({ taskArn, image, progress }) => ({ taskArn, image, ...progress })) };
      }),
    ],
  };
}
