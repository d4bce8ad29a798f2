/** PutLifecycleConfiguration, DescribeLifecycleConfiguration: kept and shown; all files stay in one class here. */
import {
  DescribeLifecycleConfiguration$,
  type DescribeLifecycleConfigurationRequest,
  type LifecycleConfigurationDescription,
  type LifecyclePolicy,
  PutLifecycleConfiguration$,
  type PutLifecycleConfigurationRequest,
  TransitionToArchiveRules,
  TransitionToIARules,
  TransitionToPrimaryStorageClassRules,
} from '@aws-sdk/client-efs';
import type { FileSystemRecord } from '../../../domain/efs/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { checkEnum } from '../constraints.ts';
import { badRequest } from '../errors.ts';
import type { EfsParts } from '../parts.ts';

type Policies = FileSystemRecord['lifecyclePolicies'];

/** The members of a policy with their values, in the order of time. */
const TRANSITIONS = {
  TransitionToIA: Object.values(TransitionToIARules),
  TransitionToPrimaryStorageClass: Object.values(TransitionToPrimaryStorageClassRules),
  TransitionToArchive: Object.values(TransitionToArchiveRules),
} as const;

function putLifecycleConfigurationOperation({ records }: EfsParts) {
  return operation(
    PutLifecycleConfiguration$,
    async (
      input: PutLifecycleConfigurationRequest,
      { scope }: RequestContext,
    ): Promise<LifecycleConfigurationDescription> => {
      const lifecyclePolicies = checkedPolicies(input.LifecyclePolicies ?? []);
      await records.updateFileSystem(scope, input.FileSystemId ?? '', (known) => ({
        ...known,
        lifecyclePolicies,
      }));
      return { LifecyclePolicies: shown(lifecyclePolicies) };
    },
  );
}

function describeLifecycleConfigurationOperation({ records }: EfsParts) {
  return operation(
    DescribeLifecycleConfiguration$,
    async (
      { FileSystemId: id = '' }: DescribeLifecycleConfigurationRequest,
      { scope }: RequestContext,
    ): Promise<LifecycleConfigurationDescription> => {
      const { lifecyclePolicies } = (await records.requireFileSystem(scope, id)).value;
      return { LifecyclePolicies: shown(lifecyclePolicies) };
    },
  );
}

function checkedPolicies(policies: readonly LifecyclePolicy[]): Policies {
  const result = policies.map((policy, index) => {
    const members = Object.entries(policy);
    for (const [name, value] of members) {
      const path = `lifecyclePolicies.${index + 1}.member.${name.charAt(0).toLowerCase()}${name.slice(1)}`;
      checkEnum(path, value, TRANSITIONS[name as keyof typeof TRANSITIONS]);
    }
    if (members.length !== 1) {
      throw badRequest('Each LifecyclePolicy object must have exactly one transition.');
    }
    return policy as Policies[number];
  });
  const names = result.flatMap((policy) => Object.keys(policy));
  if (new Set(names).size < names.length) {
    throw badRequest('A lifecycle configuration can have each transition once.');
  }
  checkArchive(Object.assign({}, ...result) as LifecyclePolicy);
  return result;
}

function checkArchive({ TransitionToIA: ia, TransitionToArchive: archive }: LifecyclePolicy): void {
  if (archive === undefined) return;
  if (ia === undefined || daysOf(ia) >= daysOf(archive)) {
    throw badRequest('TransitionToArchive needs a TransitionToIA with fewer days.');
  }
}

/** Of `AFTER_14_DAYS`. */
function daysOf(rule: string): number {
  return Number(rule.split('_')[1]);
}

function shown(policies: Policies): LifecyclePolicy[] {
  return policies.map((policy) => ({ ...policy }) as LifecyclePolicy);
}

export const LIFECYCLE_OPERATIONS = [
  putLifecycleConfigurationOperation,
  describeLifecycleConfigurationOperation,
] as const;
