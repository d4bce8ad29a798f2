/** The operations on security groups and their rules. */
import { authorizeEgressOperation, authorizeIngressOperation } from './authorize-rules.ts';
import { createSecurityGroupOperation } from './create-security-group.ts';
import { deleteSecurityGroupOperation } from './delete-security-group.ts';
import { describeSecurityGroupRulesOperation } from './describe-security-group-rules.ts';
import { describeSecurityGroupsOperation } from './describe-security-groups.ts';
import { modifySecurityGroupRulesOperation } from './modify-security-group-rules.ts';
import { revokeEgressOperation, revokeIngressOperation } from './revoke-rules.ts';
import {
  updateEgressDescriptionsOperation,
  updateIngressDescriptionsOperation,
} from './update-rule-descriptions.ts';

export const SECURITY_GROUP_OPERATIONS = [
  createSecurityGroupOperation,
  deleteSecurityGroupOperation,
  describeSecurityGroupsOperation,
  authorizeIngressOperation,
  authorizeEgressOperation,
  revokeIngressOperation,
  revokeEgressOperation,
  updateIngressDescriptionsOperation,
  updateEgressDescriptionsOperation,
  describeSecurityGroupRulesOperation,
  modifySecurityGroupRulesOperation,
] as const;
