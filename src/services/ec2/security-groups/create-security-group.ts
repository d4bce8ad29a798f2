/** CreateSecurityGroup: a group of a VPC, which lets everything out and nothing in. */
import {
  CreateSecurityGroup$,
  type CreateSecurityGroupRequest,
  type CreateSecurityGroupResult,
} from '@aws-sdk/client-ec2';
import { formatArn } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { SecurityGroupRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, missingParameter } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor, tagsView } from '../tags.ts';

const MAX_LENGTH = 255;
const ALLOWED = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/;

export function createSecurityGroupOperation({ network, clock, ids }: Ec2Parts) {
  return operation(
    CreateSecurityGroup$,
    (input: CreateSecurityGroupRequest, { scope }: RequestContext): Promise<CreateSecurityGroupResult> => {
      const groupName = checkedName(input.GroupName);
      const description = checkedText('GroupDescription', input.Description);
      const tags = tagsFor('security-group', input.TagSpecifications);
      const hex = (length: number): string => ids.hex(length);
      return network.change(scope, async (reader) => {
        const vpcId = await vpcFor(reader, input.VpcId);
        await checkNew(reader, groupName, vpcId);
        const group: SecurityGroupRecord = {
          ...{ groupId: ec2Id('sg', hex), groupName, description, vpcId, tags },
          rules: [
            {
              ...{ ruleId: ec2Id('sgr', hex), isEgress: true, ipProtocol: '-1', tags: {} },
              peer: { type: 'cidr', cidr: '0.0.0.0/0' },
            },
          ],
          createdAt: clock.now(),
        };
        return {
          answer: {
            GroupId: group.groupId,
            Tags: tagsView(tags),
            SecurityGroupArn: formatArn('ec2', scope, `security-group/${group.groupId}`),
          },
          writes: [reader.put('security-group', group.groupId, group)],
        };
      });
    },
  );
}

function checkedName(text: string | undefined): string {
  const name = checkedText('GroupName', text).trim();
  if (/^sg-/i.test(name)) {
    throw invalidParameterValue(
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
    );
  }
  if (name === 'default') throw invalidParameterValue('Cannot use reserved security group name: default');
  return name;
}

function checkedText(parameter: string, text: string | undefined): string {
  if (text === undefined || text.trim() === '') throw missingParameter(parameter);
  if (text.length > MAX_LENGTH) {
    throw invalidParameterValue(
      `Value (${text}) for parameter ${parameter} is invalid. Character limit of ${MAX_LENGTH} exceeded.`,
    );
  }
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw invalidParameterValue(
      `Value (${text}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`,
    );
  }
  if (!ALLOWED.test(text)) {
    throw invalidParameterValue(
      `Invalid security group ${parameter === 'GroupName' ? 'name' : 'description'}. Valid characters are a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*`,
    );
  }
  return text;
}

async function vpcFor(reader: NetworkReader, asked: string | undefined): Promise<string> {
  if (asked !== undefined && asked !== '') return (await reader.require('vpc', asked)).vpcId;
  const vpc = (await reader.all('vpc')).find(({ isDefault }) => isDefault);
  if (vpc === undefined) throw new ApiError('VPCIdNotSpecified', 'No default VPC for this user');
  return vpc.vpcId;
}

async function checkNew(reader: NetworkReader, name: string, vpcId: string): Promise<void> {
  const groups = await reader.inVpc('security-group', vpcId);
  if (groups.every(({ groupName }) => groupName !== name)) return;
  throw new ApiError(
    'InvalidGroup.Duplicate',
    `The security group '${name}' already exists for VPC '${vpcId}'`,
  );
}
