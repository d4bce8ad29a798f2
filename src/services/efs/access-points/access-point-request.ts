/** What a request for an access point says, checked by the limits of AWS's API model. */
import type { CreateAccessPointRequest, PosixUser, RootDirectory } from '@aws-sdk/client-efs';
import type { AccessPointRecord } from '../../../domain/efs/records.ts';
import { CLIENT_TOKEN, checkInteger, checkText, refused, required } from '../constraints.ts';
import { checkedTags } from '../tags.ts';

const ID = { min: 0, max: 4_294_967_295 };
const MAX_SECONDARY_GIDS = 16;
/** At most four levels, none of which begins with a dot. */
const PATH = { min: 1, max: 100, pattern: '^(\\/|(\\/(?!\\.)+[^$#<>;`|&?{}^*/\\n]+){1,4})$' };
const PERMISSIONS = { min: 3, max: 4, pattern: '^[0-7]{3,4}$' };

export type AskedAccessPoint = Omit<AccessPointRecord, 'accessPointId' | 'fileSystemId' | 'createdAt'>;

export function readRequest(input: CreateAccessPointRequest): AskedAccessPoint {
  const clientToken = required('clientToken', input.ClientToken);
  checkText('clientToken', clientToken, CLIENT_TOKEN);
  return {
    clientToken,
    ...readPosixUser(input.PosixUser),
    ...readRootDirectory(input.RootDirectory ?? {}),
    tags: checkedTags(input.Tags),
  };
}

function readPosixUser(user: PosixUser | undefined): Pick<AccessPointRecord, 'posixUser'> {
  if (user === undefined) return {};
  const uid = checkedId('posixUser.uid', user.Uid);
  const gid = checkedId('posixUser.gid', user.Gid);
  const gids = user.SecondaryGids ?? [];
  if (gids.length > MAX_SECONDARY_GIDS) {
    throw refused(
      'posixUser.secondaryGids',
      `[${gids.join(', ')}]`,
      `Member must have length less than or equal to ${MAX_SECONDARY_GIDS}`,
    );
  }
  const secondaryGids = gids.map((each, index) =>
    checkedId(`posixUser.secondaryGids.${index + 1}.member`, each),
  );
  return { posixUser: { uid, gid, secondaryGids } };
}

function readRootDirectory({
  Path: path,
  CreationInfo: info,
}: RootDirectory): Pick<AccessPointRecord, 'rootPath' | 'creationInfo'> {
  checkText('rootDirectory.path', path, PATH);
  const rootPath = path ?? '/';
  if (info === undefined) return { rootPath };
  const permissions = required('rootDirectory.creationInfo.permissions', info.Permissions);
  checkText('rootDirectory.creationInfo.permissions', permissions, PERMISSIONS);
  const ownerUid = checkedId('rootDirectory.creationInfo.ownerUid', info.OwnerUid);
  const ownerGid = checkedId('rootDirectory.creationInfo.ownerGid', info.OwnerGid);
  return { rootPath, creationInfo: { ownerUid, ownerGid, permissions } };
}

function checkedId(path: string, value: number | undefined): number {
  const id = required(path, value);
  checkInteger(path, id, ID);
  return id;
}
