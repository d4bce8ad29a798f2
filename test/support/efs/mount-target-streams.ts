/** Connections to a mount target from inside a task: plain, or by TLS as amazon-efs-utils makes it. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Vantage } from '../neargate/vantage.ts';
import { clientCertificate } from './client-certificate.ts';
import type { SharedFileSystem } from './shared-file-system.ts';

const NFS_PORT = 2049;

export interface MountTargetPlace {
  readonly from: Vantage;
  readonly address: string;
  readonly fileSystem: SharedFileSystem;
  readonly dataDir: string;
}

export async function plainStream({ from, address }: MountTargetPlace): Promise<Duplex> {
  return await from.connect(address, NFS_PORT);
}

/** Shows the access point, as its user. */
export async function accessPointStream(place: MountTargetPlace, accessPointId: string): Promise<Duplex> {
  const { fileSystem, dataDir } = place;
  const { fileSystemId, name: servername } = fileSystem;
  const socket = await place.from.connect(place.address, NFS_PORT);
  const ca = await readFile(join(dataDir, 'ca.pem'), 'utf8');
  const secure = connectTls({
    socket,
    servername,
    ca,
    ...clientCertificate({ accessPointId, fileSystemId }),
  });
  await once(secure, 'secureConnect');
  return secure.on('error', () => undefined);
}
