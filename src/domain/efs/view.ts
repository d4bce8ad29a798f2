/** What of a file system somebody sees, and as whom. */
import type { AccessPointPicture } from '../network/vpc.ts';

export interface FileSystemView {
  readonly fileSystemId: string;
  /** With one, its root path is the view's `/`, and its posixUser, if it has one, does everything. */
  readonly accessPoint?: AccessPointPicture;
  /** A directory below the view's root that is seen as `/`: `rootDirectory` of a volume. `/` with an access point. */
  readonly rootDirectory: string;
}

/** Of views of the same files as the same user. Without `rootDirectory`, which a client asks for itself. */
export function viewKey({ fileSystemId, accessPoint }: FileSystemView): string {
  return accessPoint === undefined ? fileSystemId : `${fileSystemId}/${accessPoint.accessPointId}`;
}
