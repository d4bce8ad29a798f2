/** File systems and access points have tags; an id or ARN says which of the two is meant. */
import type { Scope } from '../../../domain/arn.ts';
import { checkText } from '../constraints.ts';
import type { EfsRecords } from '../efs-records.ts';
import { checkedCount, fileSystemTags, type Tags } from '../tags.ts';

const RESOURCE_ID = {
  max: 128,
  pattern:
    '^(arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:(access-point/fsap|file-system/fs)-[0-9a-f]{8,40}|fs(ap)?-[0-9a-f]{8,40})$',
};

function kindOf(text: string): 'file-system' | 'access-point' {
  checkText('resourceId', text, RESOURCE_ID);
  return text.startsWith('fsap-') || text.includes('/fsap-') ? 'access-point' : 'file-system';
}

/** With those that EFS itself gives. */
export async function tagsOf(records: EfsRecords, scope: Scope, text: string): Promise<Tags> {
  const kind = kindOf(text);
  if (kind === 'access-point') return (await records.require(scope, kind, 'resourceId', text)).value.tags;
  return fileSystemTags((await records.require(scope, kind, 'resourceId', text)).value);
}

/** Changes the user's tags. Throws BadRequest when they become too many. */
export async function changeTags(
  records: EfsRecords,
  scope: Scope,
  text: string,
  change: (tags: Tags) => Tags,
): Promise<void> {
  const named = { path: 'resourceId', text };
  const kind = kindOf(text);
  if (kind === 'access-point') {
    await records.update(scope, { kind, ...named }, (known) => ({
      ...known,
      tags: checkedCount(change(known.tags)),
    }));
  } else {
    await records.update(scope, { kind, ...named }, (known) => ({
      ...known,
      tags: checkedCount(change(known.tags)),
    }));
  }
}

export function withoutKeys(tags: Tags, gone: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key)));
}
