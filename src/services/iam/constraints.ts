/** Constraints of IAM's API on single members, in AWS's words. */
import type { Tag as WireTag } from '@aws-sdk/client-iam';
import { checkLength, checkRange, constraintError } from '../../domain/ecs/constraints.ts';
import { checkTags } from '../../domain/ecs/tags.ts';
import type { Tag } from '../../domain/ecs/task-definition.ts';
import { ApiError } from '../../domain/errors.ts';
import { policyFault, policySize, type PolicyUse } from '../../domain/iam/check-policy.ts';
import { invalid, quotaExceeded } from './errors.ts';

export const LONGEST_ROLE_NAME = 64;
export const LONGEST_POLICY_NAME = 128;
const LONGEST_PATH = 512;
const LONGEST_DESCRIPTION = 1000;
const LONGEST_DOCUMENT = 131_072;
const LARGEST_TRUST_POLICY = 2048;
const LARGEST_MANAGED_POLICY = 6144;
const SESSION_SECONDS = { min: 3600, max: 43_200 };

const NAME = /^[\w+=,.@-]+$/;
const PATH = /^\/([\u0021-\u007e]*\/)?$/;
const DESCRIPTION = /^[\t\n\r\u0020-\u007e\u00a1-\u00ff]*$/;

export function checkRoleName(name: string | undefined, member = 'roleName'): string {
  return checkName(name ?? '', member, LONGEST_ROLE_NAME);
}

export function checkPolicyName(name: string | undefined): string {
  return checkName(name ?? '', 'policyName', LONGEST_POLICY_NAME);
}

function checkName(name: string, member: string, longest: number): string {
  checkAtLeastOne(name, member);
  checkLength('ValidationError', member, name, longest);
  if (NAME.test(name)) return name;
  throw invalid(
    `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
  );
}

/** The root where none is given. */
export function checkPath(path = '/', member = 'path'): string {
  checkLength('ValidationError', member, path, LONGEST_PATH);
  if (PATH.test(path)) return path;
  throw invalid(
    `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
  );
}

/** A prefix of paths need not end with a slash. */
export function checkPathPrefix(prefix = '/'): string {
  checkLength('ValidationError', 'pathPrefix', prefix, LONGEST_PATH);
  if (/^\/[\u0021-\u007e]*$/.test(prefix)) return prefix;
  throw invalid(
    'The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.',
  );
}

export function checkDescription(description: string | undefined): void {
  if (description === undefined) return;
  checkLength('ValidationError', 'description', description, LONGEST_DESCRIPTION);
  if (DESCRIPTION.test(description)) return;
  throw constraintError(
    'ValidationError',
    'description',
    description,
    'Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
  );
}

export function checkSessionSeconds(seconds: number | undefined): void {
  checkRange('ValidationError', 'maxSessionDuration', seconds, SESSION_SECONDS);
}

export function givenTags(tags: readonly WireTag[] | undefined): Tag[] {
  const own = tags?.map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }));
  return checkTags(own, 'ValidationError');
}

/** The document, when there is nothing wrong with it. Throws MalformedPolicyDocument. */
export function checkDocument(text: string | undefined, member: string, use: PolicyUse): string {
  const document = text ?? '';
  checkAtLeastOne(document, member);
  checkLength('ValidationError', member, document, LONGEST_DOCUMENT);
  const fault = policyFault(document, use);
  if (fault !== undefined) throw new ApiError('MalformedPolicyDocumentException', fault);
  if (use === 'trust' && policySize(document) > LARGEST_TRUST_POLICY) {
    throw quotaExceeded('ACLSizePerRole', LARGEST_TRUST_POLICY);
  }
  return document;
}

function checkAtLeastOne(text: string, member: string): void {
  if (text.length > 0) return;
  const words = 'Member must have length greater than or equal to 1';
  throw constraintError('ValidationError', member, text, words);
}

/** The document of a managed policy. */
export function checkManagedDocument(text: string | undefined): string {
  const document = checkDocument(text, 'policyDocument', 'identity');
  if (policySize(document) > LARGEST_MANAGED_POLICY) {
    throw quotaExceeded('PolicySize', LARGEST_MANAGED_POLICY);
  }
  return document;
}
