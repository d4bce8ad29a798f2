/** CreateRouteTable: a table that knows the VPC's own range. */
import {
  CreateRouteTable$,
  type CreateRouteTableRequest,
  type CreateRouteTableResult,
} from '@aws-sdk/client-ec2';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { RouteTableRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { madeBefore, requestMark } from '../client-token.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { routeTableView, tableSurroundings } from './route-table-view.ts';

export function createRouteTableOperation({ network, ids, clock }: Ec2Parts) {
  return operation(
    CreateRouteTable$,
    (input: CreateRouteTableRequest, { scope }: RequestContext): Promise<CreateRouteTableResult> => {
      const request = requestMark(input);
      const tags = tagsFor('route-table', input.TagSpecifications);
      return network.change(scope, async (reader) => {
        const { vpcId } = await reader.require('vpc', input.VpcId ?? '');
        const around = await tableSurroundings(reader);
        const [earlier] = madeBefore(await reader.all('route-table'), request);
        const answerOf = (table: RouteTableRecord) => ({
          RouteTable: routeTableView(table, around),
          ClientToken: input.ClientToken,
        });
        if (earlier !== undefined) return { answer: answerOf(earlier), writes: [] };
        const table: RouteTableRecord = {
          routeTableId: ec2Id('rtb', (length) => ids.hex(length)),
          ...{ vpcId, routes: [], associations: [], createdAt: clock.now(), tags },
          ...(request === undefined ? {} : { request }),
        };
        return { answer: answerOf(table), writes: [reader.put('route-table', table.routeTableId, table)] };
      });
    },
  );
}
