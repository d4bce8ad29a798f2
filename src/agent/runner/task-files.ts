/**
 * Files and directories of a task on its disk: hosts, resolv.conf and hostname, which all its containers share, and
 * each container's writable layer.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../domain/oci/types.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import type { RootFilesystem } from '../../ports/container-runtime.ts';

const NETWORK_FILES = ['hosts', 'resolv.conf', 'hostname'] as const;
type NetworkFile = (typeof NETWORK_FILES)[number];

/** Writes the files and makes the directories of every container. May be repeated while no container runs. */
export async function writeTaskFiles(
  diskPath: string,
  eni: EniSpec,
  runtimeIds: readonly string[],
): Promise<void> {
  const directory = join(diskPath, 'files');
  await mkdir(directory, { recursive: true });
  const contents = networkFiles(eni);
  await Promise.all([
    ...NETWORK_FILES.map((name) => writePublicFile(join(directory, name), contents[name])),
    ...runtimeIds.map((id) => makeWritableLayer(diskPath, id)),
  ]);
}

/** What binds the files into a container, read-only where its root is. */
export function networkFileMounts(diskPath: string, readonlyRoot: boolean): Mount[] {
  return NETWORK_FILES.map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(diskPath, 'files', name),
    options: ['rbind', 'rprivate', readonlyRoot ? 'ro' : 'rw'],
  }));
}

/** The writable layer of a container over an image's layers. */
export function writableLayer(diskPath: string, runtimeId: string): Omit<RootFilesystem, 'lowerDirs'> {
  const directory = join(diskPath, 'containers', runtimeId);
  return { upperDir: join(directory, 'upper'), workDir: join(directory, 'work') };
}

export function networkFiles(eni: EniSpec): Readonly<Record<NetworkFile, string>> {
  const search = eni.dnsSearchDomains.length === 0 ? [] : [`search ${eni.dnsSearchDomains.join(' ')}`];
  const resolv = [...eni.dnsServers.map((server) => `nameserver ${server}`), ...search];
  return {
    hosts: `127.0.0.1 localhost\n${eni.privateIpv4Address} ${eni.privateDnsName}\n`,
    'resolv.conf': `${resolv.join('\n')}\n`,
    hostname: `${eni.privateDnsName}\n`,
  };
}

/** Readable for every user of the containers, whatever this process's umask is. */
async function writePublicFile(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o644 });
  await chmod(path, 0o644);
}

/** The upper directory's mode is the mode of `/` in the container. */
async function makeWritableLayer(diskPath: string, runtimeId: string): Promise<void> {
  const { upperDir, workDir } = writableLayer(diskPath, runtimeId);
  await mkdir(upperDir, { recursive: true });
  await mkdir(workDir, { recursive: true });
  await chmod(upperDir, 0o755);
}
