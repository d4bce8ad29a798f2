/** ECR's tags, whose members begin with capital letters, as the tags of records. */
import type { Tag as EcrTag } from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import { parseArn } from '../../../domain/arn.ts';
import type { Tag } from '../../../domain/ecs/task-definition.ts';
import { checkRepositoryName } from '../constraints.ts';
import { invalidParameter, repositoryNotFound } from '../errors.ts';

export function toTags(tags: readonly EcrTag[] | undefined): Tag[] {
  return (tags ?? []).map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }));
}

export function fromTags(tags: readonly Tag[]): EcrTag[] {
  return tags.map(({ key, value }) => ({ Key: key ?? '', Value: value ?? '' }));
}

/** The name in a repository's ARN. Repositories of other accounts and regions do not exist here. */
export function repositoryOfArn(scope: Scope, resourceArn: string): string {
  const arn = parseArn(resourceArn);
  const name = /^repository\/(.+)$/.exec(arn?.resource ?? '')?.[1];
  if (arn?.service !== 'ecr' || name === undefined) {
    throw invalidParameter('resourceArn', 'Invalid ARN');
  }
  checkRepositoryName(name, 'resourceArn');
  if (arn.account !== scope.account || arn.region !== scope.region) {
    throw repositoryNotFound(name, { ...scope, account: arn.account });
  }
  return name;
}
