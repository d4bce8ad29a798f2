/**
 * Views of EFS file systems as directories of this machine, in which an access point's user does everything, and from
 * which nothing leads out of what they show: no `..`, no symbolic link, no race. They outlive this process. Every
 * method may be repeated. Only ids say which view is meant; an access point never changes.
 *
 * What is written through one view, or to the files themselves, is read at once through another by who opens the file
 * then, and what is appended by who has it open. Locks hold among all who use the same view.
 */
import type { FileSystemView } from '../domain/efs/view.ts';

export interface FileSystemViews {
  /**
   * Makes the view, and resolves with its directory, the same one for the same `viewKey`; `rootDirectory` has no part
   * in it. An access point's root is made by its creationInfo when it is absent, directories above it as root's with
   * 0755; what is there stays as it is. `not-found` when there is no such file system, no root and no creationInfo, or
   * something else than directories on the way, as a symbolic link. `unavailable` when this machine cannot show it. A
   * view that has died, or shows a root that was replaced, is made anew: then who has the old one mounted keeps that.
   */
  open(view: FileSystemView): Promise<{ readonly path: string }>;
  /**
   * As `open`, but each caller acts as itself, also where the access point has a posixUser: for servers that make every
   * client that user. Without one it is the same view. With one it is another, so locks of the two do not meet.
   */
  openUnmapped(view: FileSystemView): Promise<{ readonly path: string }>;
  /** Ends a view, unmapped ones too: what is mounted from it is lost to its users. Of the access point only its id counts. */
  close(view: FileSystemView): Promise<void>;
  /** Keys of the views that exist, whole or half made: as of `viewKey`, some with a part more. */
  list(): Promise<string[]>;
}
