/** Constraints of ECR's API on single members. Each refuses in AWS's words. */
import {
  LONGEST_REPOSITORY_NAME,
  REPOSITORY_NAME,
  REPOSITORY_NAME_PATTERN,
  SHORTEST_REPOSITORY_NAME,
} from '../../domain/ecr/names.ts';
import { invalidParameter } from './errors.ts';

/** The name itself. */
export function checkRepositoryName(name: string | undefined, member = 'repositoryName'): string {
  const given = name ?? '';
  checkLength(member, given, SHORTEST_REPOSITORY_NAME, LONGEST_REPOSITORY_NAME);
  if (!REPOSITORY_NAME.test(given)) {
    throw invalidParameter(member, `must satisfy regular expression '${REPOSITORY_NAME_PATTERN}'`);
  }
  return given;
}

export function checkRange(member: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return;
  if (value < least) throw invalidParameter(member, `must be greater than or equal to ${least}`);
  if (value > most) throw invalidParameter(member, `must be less than or equal to ${most}`);
}

export function checkLength(
  member: string,
  value: string | readonly unknown[] | undefined,
  least: number,
  most: number,
): void {
  if (value === undefined) return;
  if (value.length < least) {
    throw invalidParameter(member, `must have length greater than or equal to ${least}`);
  }
  if (value.length > most) throw invalidParameter(member, `must have length less than or equal to ${most}`);
}

export function checkOneOf(member: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw invalidParameter(member, `must satisfy enum value set: [${allowed.join(', ')}]`);
}
