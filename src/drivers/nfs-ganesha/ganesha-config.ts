/** Settings of NFS-Ganesha for one view, with paths as the server sees them inside its root. */
import type { NfsExport } from '../../ports/nfs-servers.ts';

export const VIEW = '/view';
/** The server's own directory: settings, log, and what it knows of its clients. */
export const HOME = '/server';
export const SETTINGS = `${HOME}/ganesha.conf`;
export const LOG = `${HOME}/log`;
export const PORT = 2049;

/** The most that EFS reads or writes at once. */
const LARGEST_IO_BYTES = 1024 * 1024;
const LARGEST_MESSAGE_BYTES = 2 * LARGEST_IO_BYTES;
/** EFS's limit of connections to a file system; each client is a directory on disk. */
const MOST_CLIENTS = 25_000;
/** Each takes about 2 KiB. */
const MOST_CACHED_FILES = 20_000;
const NOBODY = 65_534;

export interface ConfigRequest {
  readonly wanted: NfsExport;
  /** So long a client that says nothing keeps its locks, and so long a server that has restarted waits for claims. */
  readonly leaseSeconds: number;
}

/**
 * The settings' text. Nothing is cached of attributes and names, since others change them behind the server's back. Of
 * a posixUser Ganesha knows nothing: all clients come as that user, groups included, which its own squashing cannot.
 */
export function ganeshaConfig({ wanted, leaseSeconds }: ConfigRequest): string {
  const io = ['MaxRead', 'MaxWrite', 'PrefRead', 'PrefWrite'].map((name) => `${name} = ${LARGEST_IO_BYTES};`);
  return `NFS_CORE_PARAM {
  Protocols = 4; NFS_Port = ${PORT};
  Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false;
  MaxRPCSendBufferSize = ${LARGEST_MESSAGE_BYTES}; MaxRPCRecvBufferSize = ${LARGEST_MESSAGE_BYTES};
}
NFS_KRB5 { Active_krb5 = false; }
NFSv4 {
  Minor_Versions = 0, 1, 2;
  Lease_Lifetime = ${leaseSeconds}; Grace_Period = ${leaseSeconds}; Graceless = false;
  RecoveryBackend = fs; RecoveryRoot = ${HOME}/recovery; Max_Client_Ids = ${MOST_CLIENTS};
  Delegations = false; Only_Numeric_Owners = true; Allow_Numeric_Owners = true;
}
MDCACHE { Dir_Chunk = 0; Entries_HWMark = ${MOST_CACHED_FILES}; }
EXPORT {
  Export_Id = 1; Path = ${VIEW}; Pseudo = /; Filesystem_Id = 1.1;
  Protocols = 4; Transports = TCP; SecType = sys; Attr_Expiration_Time = 0;
  Access_Type = ${wanted.readOnly ? 'RO' : 'RW'}; ${squash(wanted)}
  ${io.join(' ')}
  FSAL { Name = VFS; }
}
`;
}

function squash({ view, squashRoot }: NfsExport): string {
  if (squashRoot && view.accessPoint?.posixUser === undefined)
    return `Squash = Root_Squash; Anonymous_Uid = ${NOBODY}; Anonymous_Gid = ${NOBODY};`;
  return 'Squash = No_Root_Squash;';
}
