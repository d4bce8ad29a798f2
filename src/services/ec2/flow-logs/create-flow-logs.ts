/** CreateFlowLogs: one flow log for each resource, all with the same settings. */
import {
  CreateFlowLogs$,
  type CreateFlowLogsRequest,
  type CreateFlowLogsResult,
  type UnsuccessfulItem,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import { type FlowLogSettings, flowLogSettings } from '../../../domain/network/flow-logs/flow-log-request.ts';
import type { FlowLogRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { madeBefore, requestMark } from '../client-token.ts';
import { unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { loggedResources } from './flow-log-resources.ts';

const MOST_OF_A_RESOURCE = 10;

export function createFlowLogsOperation({ network, ids, clock }: Ec2Parts) {
  return operation(
    CreateFlowLogs$,
    (input: CreateFlowLogsRequest, { scope }: RequestContext): Promise<CreateFlowLogsResult> => {
      refuseUnsupported(input);
      const request = requestMark(input);
      const common = {
        ...flowLogSettings(input, scope),
        ...(request === undefined ? {} : { request }),
        tags: tagsFor('vpc-flow-log', input.TagSpecifications),
        createdAt: clock.now(),
      };
      const answer = (
        records: readonly FlowLogRecord[],
        unsuccessful: UnsuccessfulItem[] = [],
      ): CreateFlowLogsResult => ({
        ...(input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken }),
        FlowLogIds: records.map(({ flowLogId }) => flowLogId),
        Unsuccessful: unsuccessful,
      });
      return network.change(scope, async (reader) => {
        const all = await reader.all('flow-log');
        const earlier = madeBefore(all, request);
        if (earlier.length > 0) return { answer: answer(earlier), writes: [] };
        const resources = await loggedResources(reader, input);
        if (resources.some(({ resourceId }) => all.some((log) => isSame(log, resourceId, common)))) {
          throw new ApiError(
            'FlowLogAlreadyExists',
            'Error. There is an existing Flow Log with the same configuration and log destination.',
          );
        }
        const full = resources.filter(
          ({ resourceId }) => all.filter((log) => log.resourceId === resourceId).length >= MOST_OF_A_RESOURCE,
        );
        const made = resources
          .filter((resource) => !full.includes(resource))
          .map((resource): FlowLogRecord => {
            return { flowLogId: ec2Id('fl', (length) => ids.hex(length)), ...resource, ...common };
          });
        return {
          answer: answer(
            made,
            full.map(({ resourceId }) => tooMany(resourceId)),
          ),
          writes: made.map((record) => reader.put('flow-log', record.flowLogId, record)),
        };
      });
    },
  );
}

function refuseUnsupported({ TagFieldSpecifications: fields = [], ...input }: CreateFlowLogsRequest): void {
  if (fields.length > 0) throw unsupported('Fields of tags are not supported in flow logs.');
  if (input.DeliverCrossAccountRole !== undefined) {
    throw unsupported('Flow logs cannot be delivered to another account.');
  }
}

function isSame(log: FlowLogRecord, resourceId: string, settings: FlowLogSettings): boolean {
  const { destinationType, logGroupName, logDestination, trafficType } = settings;
  const sameGroup = logGroupName !== undefined && log.logGroupName === logGroupName;
  return (
    log.resourceId === resourceId &&
    log.trafficType === trafficType &&
    log.destinationType === destinationType &&
    (destinationType === 'cloud-watch-logs' ? sameGroup : log.logDestination === logDestination)
  );
}

function tooMany(ResourceId: string): UnsuccessfulItem {
  const Message = `The maximum number of flow logs of a resource is ${MOST_OF_A_RESOURCE}.`;
  return { ResourceId, Error: { Code: 'FlowLogsLimitExceeded', Message } };
}
