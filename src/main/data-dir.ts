/**
 * Where Neargate keeps its files: below one directory that only its owner can enter, and what lives no longer than the
 * machine is up in another, which a system has in /run.
 */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface DataDir {
  readonly root: string;
  /** The control plane's store. */
  readonly control: string;
  /** The control plane's store of metrics. */
  readonly metrics: string;
  /** The agent's store. */
  readonly agent: string;
  /** Root, state and socket of the private containerd. */
  readonly containerd: string;
  /** Images that were pushed to ECR. */
  readonly registry: string;
  /** Mount points and images of tasks' disks. */
  readonly disks: string;
  /** Files of EFS: a directory for each file system, by its id. */
  readonly fileSystems: string;
  /** Mount points of views of them. */
  readonly fileSystemViews: string;
  /** Mount points of tasks' volumes of them, which lie on this machine. */
  readonly localFileSystemMounts: string;
  /** Mount points of tasks' volumes of file systems that are mounted over NFS. */
  readonly nfsMounts: string;
  /** stdout and stderr of containers. */
  readonly output: string;
  /** NFS servers of EFS: a directory for each. */
  readonly nfsServers: string;
  /** Files of flow logs: a folder for each bucket. */
  readonly flowLogs: string;
  /** Records of flow logs on their way to CloudWatch Logs. */
  readonly flowLogSpool: string;
  /** Logs of Neargate's own processes. */
  readonly log: string;
  /** Sockets, pid files, and what the agent was told. */
  readonly run: string;
  readonly linkSocket: string;
  /** By which agents hand over connections of tasks to services. */
  readonly serviceSocket: string;
  readonly agentPidFile: string;
  readonly agentConfigFile: string;
  readonly agentLogFile: string;
  readonly readyFile: string;
  /** AWS credentials file (INI) with the root keys. */
  readonly credentialsFile: string;
  /** PEM of the authority that makes the certificates of services. */
  readonly authorityFile: string;
}

/** Settings that say where. */
export interface Places {
  readonly dataDir: string;
  readonly runtimeDir: string | undefined;
}

const SYSTEM_DATA_DIR = '/var/lib/neargate';
const SYSTEM_RUNTIME_DIR = '/run/neargate';

export function dataDir({ dataDir: root, runtimeDir }: Places): DataDir {
  const run = runtimeDir ?? (root === SYSTEM_DATA_DIR ? SYSTEM_RUNTIME_DIR : join(root, 'run'));
  return {
    root,
    control: join(root, 'control'),
    metrics: join(root, 'metrics'),
    agent: join(root, 'agent'),
    containerd: join(root, 'containerd'),
    registry: join(root, 'registry'),
    disks: join(root, 'disks'),
    fileSystems: join(root, 'efs'),
    fileSystemViews: join(root, 'efs-views'),
    localFileSystemMounts: join(root, 'efs-mounts'),
    nfsMounts: join(root, 'nfs-mounts'),
    nfsServers: join(root, 'efs-servers'),
    output: join(root, 'output'),
    flowLogs: join(root, 'flow-logs'),
    flowLogSpool: join(root, 'flow-log-spool'),
    log: join(root, 'log'),
    run,
    linkSocket: join(run, 'link.sock'),
    serviceSocket: join(run, 'services.sock'),
    agentPidFile: join(run, 'agent.pid'),
    agentConfigFile: join(run, 'agent.json'),
    agentLogFile: join(root, 'log', 'agent.log'),
    readyFile: join(root, 'ready.json'),
    credentialsFile: join(root, 'credentials'),
    authorityFile: join(root, 'ca.pem'),
  };
}

/** Makes the directories, 0700. May be repeated. */
export async function makeDataDir(dir: DataDir): Promise<void> {
  for (const path of [dir.root, dir.control, dir.agent, dir.disks, dir.output, dir.log, dir.run]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  await chmod(dir.root, 0o700);
}
