/**
 * Files and directories of a task on its disk: hosts, resolv.conf and hostname, which all its containers share, and
 * each container's writable layer.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../domain/oci/types.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import type { RootFilesystem } from '../../ports/container-runtime.ts';

const NETWORK_FILES = ['hosts', 'resolv.conf', 'hostname'] as const;
const HEALTH = 'health';
type NetworkFile = (typeof NETWORK_FILES)[number];

/**
 * Writes the files and makes the directories of every container. May be repeated while no container runs.
 * Synchronous: a dozen calls into a fresh file system's cache take less than one trip through the thread pool.
 */
export function writeTaskFiles(diskPath: string, eni: EniSpec, runtimeIds: readonly string[]): void {
  const directory = join(diskPath, 'files');
  mkdirSync(directory, { recursive: true });
  const contents = networkFiles(eni);
  for (const name of NETWORK_FILES) {
    writePublicFile(join(directory, name), contents[name]);
  }
  for (const id of runtimeIds) makeWritableLayer(diskPath, id);
  mkdirSync(join(diskPath, HEALTH), { recursive: true, mode: 0o700 });
}

/** Where a container's health checks write. */
export function healthOutputPath(diskPath: string, runtimeId: string): string {
  return join(diskPath, HEALTH, runtimeId);
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

/** The FIFO that keeps a container's standard input open. */
export function stdinPath(diskPath: string, runtimeId: string): string {
  return join(diskPath, 'containers', runtimeId, 'stdin');
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
export function writePublicFile(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o644 });
  chmodSync(path, 0o644);
}

/** The upper directory's mode is the mode of `/` in the container. */
export function makeWritableLayer(diskPath: string, runtimeId: string): void {
  const { upperDir, workDir } = writableLayer(diskPath, runtimeId);
  mkdirSync(upperDir, { recursive: true });
  mkdirSync(workDir, { recursive: true });
  chmodSync(upperDir, 0o755);
}
