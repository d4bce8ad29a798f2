/**
 * NFS servers for views of file systems: one for each view, NFSv4.0 to 4.2 over TCP, the view's root at `/`. A server
 * starts when somebody connects, and outlives this process; who comes after it takes it over. Ids of owners are
 * numbers on the wire. A client can reach nothing but the view, whatever file handles it makes up.
 */
import type { Duplex } from 'node:stream';
import type { FileSystemView } from '../domain/efs/view.ts';

export interface NfsExport {
  readonly view: FileSystemView;
  readonly readOnly: boolean;
  /** uid and gid 0 act as 65534. Without meaning for a view with a posixUser. */
  readonly squashRoot: boolean;
}

export interface NfsServers {
  /**
   * A connection to the server of an export, which is started if it is not running. `not-found`: the view's directory
   * does not exist (and is not made, by the access point's creationInfo); `unavailable`: the server does not start.
   */
  connect(wanted: NfsExport): Promise<Duplex>;
  /** Ends the servers of a file system that exist for other views than these, or all. May be repeated. */
  keepOnly(fileSystemId: string, views: readonly FileSystemView[]): Promise<void>;
  /** Ids of the file systems that have a server, also one that was killed: it is started again when it is needed. */
  list(): Promise<string[]>;
  /** Leaves the servers running. */
  close(): Promise<void>;
}
