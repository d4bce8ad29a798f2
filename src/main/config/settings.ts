/**
 * The one table of settings. A setting's key gives its names: `vpcCidr` is `--vpc-cidr` on the command line,
 * `NEARGATE_VPC_CIDR` in the environment and `"vpcCidr"` in the settings file (`Ms` at the end of a key is left out of
 * them). docs/config.md is generated from here: run `npm run docs` after a change.
 */
import { fileSystemServer } from './file-system-server.ts';
import {
  choice,
  decimal,
  duration,
  httpAddress,
  integer,
  ipv4Range,
  type Kind,
  list,
  listenAddress,
  localRegistry,
  onOff,
  optional,
  path,
  pattern,
  registryMirror,
  someOf,
} from './kinds.ts';

/** What a default may depend on. */
export interface Host {
  readonly isRoot: boolean;
  readonly home: string;
  readonly hasTerminal: boolean;
}

export interface Setting<T> {
  readonly kind: Kind<T>;
  /** As a person would write it; undefined: the setting is optional. */
  readonly fallback: (host: Host) => unknown;
  /** The default in words. */
  readonly fallbackWords: string;
  readonly doc: string;
}

const DAY_MS = 86_400_000;

export const SETTINGS = {
  dataDir: setting(path, {
    fallbackOn: (host) => (host.isRoot ? '/var/lib/neargate' : `${host.home}/.local/share/neargate`),
    fallbackWords: '`/var/lib/neargate` (for root), `~/.local/share/neargate`',
    doc: 'Where Neargate keeps all of its files. Sockets lie below it, so its path must be short.',
  }),
  listen: setting(listenAddress, {
    fallback: '127.0.0.1:4580',
    doc: 'Where the AWS endpoint listens. Port 0 takes a free one.',
  }),
  region: setting(pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region name such as us-east-1', 'REGION'), {
    fallback: 'us-east-1',
    doc: 'The AWS region that the default VPC lies in.',
  }),
  account: setting(pattern(/^\d{12}$/, 'must be an account number of 12 digits', 'ACCOUNT'), {
    fallback: '000000000000',
    doc: 'The AWS account of the keys that are made at the first start.',
  }),
  open: setting(onOff, {
    fallback: false,
    doc: 'Take any access key without checking signatures; a key id of 12 digits selects that account. Only while listening on loopback.',
  }),
  iam: setting(choice('enforce', 'permissive'), {
    fallback: 'enforce',
    doc: 'What roles may do: `enforce` lets their policies decide, and a role that is not there cannot be used; `permissive` allows everything, and roles need not exist (see [roles](how-to/roles.md)).',
  }),
  readyFile: setting(optional(path), {
    doc: 'A file that is written when Neargate is ready: JSON with the endpoint, the keys, region and account; readable by its owner only.',
  }),
  fake: setting(onOff, {
    fallback: false,
    doc: 'Run no containers: tasks pass through all their states with a fake runtime. Needs no root and no containerd.',
  }),
  logLevel: setting(choice('debug', 'info', 'warn', 'error'), {
    fallback: 'info',
    doc: 'The least important log lines to write.',
  }),
  logFormat: setting(choice('text', 'json'), {
    fallbackOn: (host) => (host.hasTerminal ? 'text' : 'json'),
    fallbackWords: '`text` on a terminal, `json` otherwise',
    doc: 'How log lines look.',
  }),
  allowedHosts: setting(list(pattern(/^[A-Za-z0-9.-]+$/, 'must be a host name', 'HOST')), {
    fallback: [],
    doc: 'Names, besides loopback and the address listened on, by which clients may address the endpoint.',
  }),
  platformLatest: setting(choice('1.4.0', '1.3.0'), {
    fallback: '1.4.0',
    doc: 'The platform version that LATEST stands for.',
  }),
  vpcCidr: setting(ipv4Range(16, 20), {
    fallback: '172.31.0.0/16',
    doc: 'The addresses of the default VPC.',
  }),
  hostRouteToVpc: setting(onOff, {
    fallback: true,
    doc: "Let this host reach the default VPC's private addresses.",
  }),
  hostRouteVpcs: setting(list(pattern(/^[A-Za-z0-9_.:/=+@-]+$/, "must be a VPC's id or name", 'VPC')), {
    fallback: [],
    doc: 'Further VPCs of the account and region above whose private addresses this host can reach: ids, or names by the tag `Name`. Of VPCs whose ranges meet, the first is reached, the default VPC before all others.',
  }),
  uplinkCidr: setting(ipv4Range(16, 24), {
    fallback: '169.254.192.0/20',
    doc: 'Addresses of the links between VPCs and the host; two for each VPC.',
  }),
  publicCidr: setting(ipv4Range(16, 28), {
    fallback: '198.19.0.0/16',
    doc: 'The public addresses that tasks, NAT gateways and elastic addresses get. Beyond the host they are translated to its own (see `publicRouted`).',
  }),
  publicRouted: setting(onOff, {
    fallback: false,
    doc: 'The public addresses lead to this machine: beyond it tasks are seen with them, and reached by them.',
  }),
  serviceCidr: setting(ipv4Range(24, 24), {
    fallback: '198.18.0.0/24',
    doc: 'Where VPCs find the AWS services of this Neargate: public addresses, reached by way of an internet or NAT gateway.',
  }),
  serviceTrust: setting(choice('ca', 'endpoint-url', 'none'), {
    fallback: 'ca',
    doc: "How containers come to use the AWS services of this Neargate: `ca` lets them believe the private authority of the services' certificates, `endpoint-url` sets `AWS_ENDPOINT_URL` to plain HTTP, `none` does nothing (see [AWS services from tasks](how-to/aws-services-from-tasks.md)).",
  }),
  dnsSuffix: setting(pattern(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a domain name', 'DOMAIN'), {
    fallback: 'amazonaws.com',
    doc: 'What the names of AWS services end in, as in `logs.us-east-1.amazonaws.com`.',
  }),
  registries: setting(list(localRegistry), {
    fallback: [],
    doc: 'Registries of this host that tasks may pull from under a name: `NAME=HOST:PORT`, or `NAME=https://HOST:PORT` where it speaks TLS.',
  }),
  insecureRegistries: setting(
    list(pattern(/^[A-Za-z0-9.-]+(:\d+)?$/, 'must be HOST or HOST:PORT', 'HOST:PORT')),
    {
      fallback: [],
      doc: 'Registries that are asked over HTTP instead of HTTPS. Those on loopback always are.',
    },
  ),
  registryMirrors: setting(list(registryMirror), {
    fallback: [],
    doc: 'Where the content of a registry is found too, as in `docker.io=https://mirror.example`: asked in this order before the registry itself, which has the last word (see [image pulls](how-to/image-pulls.md)).',
  }),
  containerdSocket: setting(optional(path), {
    doc: 'The socket of a containerd that runs already; without it, Neargate runs one of its own in its data directory.',
  }),
  runtimes: setting(
    someOf(pattern(/^[A-Za-z0-9./_-]+$/, 'must be the name of a containerd runtime', 'NAME')),
    {
      fallback: 'runc',
      doc: 'The runtimes that tasks may run with: `runc`, `gvisor`, or the name of a containerd runtime (see [isolation](isolation.md)). The first is the default; a task chooses another one of them by the tag `neargate:runtime`, on RunTask or on its task definition.',
    },
  ),
  initPath: setting(path, {
    fallback: '/usr/bin/tini-static',
    doc: "A statically linked init for containers with `initProcessEnabled`; Debian's package tini has it.",
  }),
  runtimeTimeoutMs: setting(duration(1000, 600_000), {
    fallback: '1m',
    doc: 'How long the container runtime may take to make or start a container before its task fails.',
  }),
  connectTimeoutMs: setting(duration(100, 300_000), {
    fallback: '5s',
    doc: "How long a connection from a task's network may take that Neargate makes for the task: to AWS's services, and to S3.",
  }),
  serviceTimeoutMs: setting(duration(100, 600_000), {
    fallback: '10s',
    doc: 'How long an AWS service may take to answer what is asked for a task before it starts (secrets, the login to ECR, the log stream), the connection included.',
  }),
  serviceAttempts: setting(integer(1, 20), {
    fallback: 3,
    doc: 'How often an AWS service is asked that does not answer. A task whose network does not let it reach one fails after this many times `connectTimeout` and pauses of up to 2 s; on AWS it takes some five minutes.',
  }),
  secretsFile: setting(optional(path), {
    doc: 'A JSON file with the values of secrets and parameters, by ARN or name; readable by its owner only. It goes before Secrets Manager and the Parameter Store, which are asked for what it has not. See [secrets](how-to/secrets.md).',
  }),
  s3Endpoint: setting(optional(httpAddress), {
    doc: 'The S3 service that stands behind the names of S3 in VPCs, for environment files and for tasks themselves; the host reaches it for them. See [environment files](how-to/environment-files.md).',
  }),
  s3CredentialsFile: setting(optional(path), {
    doc: "A shared credentials file of AWS's tools, whose profile `default` signs the requests to `s3Endpoint`; readable by its owner only. Without it they are anonymous.",
  }),
  stoppedTaskRetentionMs: setting(duration(1000, 30 * DAY_MS), {
    fallback: '1h',
    doc: 'How long DescribeTasks shows a task after it has stopped.',
  }),
  pullConcurrency: setting(integer(1, 32), {
    fallback: 4,
    doc: 'How many layers are fetched at once.',
  }),
  imageFreePercent: setting(integer(0, 90), {
    fallback: 15,
    doc: 'While less of the disk that holds the images is free than so many percent, images that no task uses are removed, the longest unused first. 0 keeps all.',
  }),
  imageMinAgeMs: setting(duration(1000, 365 * DAY_MS), {
    fallback: '1h',
    doc: 'How long an image stays after its last use, however full the disk is.',
  }),
  logFlushIntervalMs: setting(duration(50, 60_000), {
    fallback: '1s',
    doc: "How long a container's output may wait before it is sent to CloudWatch Logs. On AWS it is up to 5 s; here the service is near, and people wait for what they see.",
  }),
  flowLogIntervalMs: setting(optional(duration(1000, 600_000)), {
    doc: 'How long all flow logs gather records, in place of the minute or the ten minutes that each of them asks for. For tests, and for those who do not want to wait.',
  }),
  cpuOvercommit: setting(decimal(0.1, 100), {
    fallback: 16,
    doc: 'How many times its CPUs a machine promises to tasks: they share them, each up to its own limit. 1 gives each task what it asked for, as Fargate does.',
  }),
  memoryOvercommit: setting(decimal(0.1, 100), {
    fallback: 2,
    doc: 'How many times its memory a machine promises to tasks, most of which use less than their limit. 1 in production.',
  }),
  diskOvercommit: setting(decimal(0.1, 1000), {
    fallback: 20,
    doc: "How many times its disk a machine promises to tasks: what is free where the data directory lies, and what tasks' disks have taken of it. They take room as they are written to; with 20, a disk of 20 GiB counts as 1. 1 in production.",
  }),
  diskEncryption: setting(choice('off', 'fscrypt'), {
    fallback: 'off',
    doc: "Encrypts what tasks write to their disks with AES-256: `fscrypt` lets the kernel's ext4 do it, with a random key for each task that only the kernel has (see [storage](how-to/storage.md)). A task fails where the kernel cannot. Counts for new tasks.",
  }),
  efsDriver: setting(choice('auto', 'local', 'nfs'), {
    fallback: 'auto',
    doc: "How volumes of EFS are mounted: `local` binds the files where they lie, `nfs` mounts them by the kernel's NFS client through the task's network interface, as AWS does. `auto` is `local` for the file systems of this machine. What `efsServers` names is always mounted by NFS (see [EFS](how-to/efs.md)).",
  }),
  efsServers: setting(list(fileSystemServer), {
    fallback: [],
    doc: "Servers of NFSv4.1 that stand behind ids of file systems, such as a NAS or AWS's own EFS: `FS-ID=HOST:/PATH`. Tasks mount them through their network interfaces; they need no mount target here.",
  }),
  diskFreePercent: setting(integer(0, 90), {
    fallback: 5,
    doc: 'While less of the disk that the data directory lies on is free than so many percent, the machine takes no more tasks; below twice as much the log says so. 0 takes tasks while there is any room.',
  }),
} as const;

/** All settings, checked and frozen: the table above with values in place of descriptions. */
export type Settings = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer V> ? V : never;
};

export type SettingKey = keyof Settings;

export interface SettingNames {
  readonly key: SettingKey;
  /** Member of the settings file. */
  readonly member: string;
  /** Without the dashes in front. */
  readonly flag: string;
  readonly variable: string;
}

/** Every setting with its names, in the order of the table. */
export function settingNames(): SettingNames[] {
  return (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const member = key.replace(/Ms$/, '');
    const flag = kebab(member);
    return { key, member, flag, variable: `NEARGATE_${flag.replaceAll('-', '_').toUpperCase()}` };
  });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

interface SettingWords {
  readonly fallback?: string | number | boolean | readonly [];
  /** In place of `fallback`, where it depends on the host; `fallbackWords` then says it. */
  readonly fallbackOn?: (host: Host) => unknown;
  readonly fallbackWords?: string;
  readonly doc: string;
}

function setting<T>(kind: Kind<T>, words: SettingWords): Setting<T> {
  const { doc, fallback, fallbackOn = () => fallback, fallbackWords = showDefault(fallback) } = words;
  return { kind, fallback: fallbackOn, fallbackWords, doc };
}

function showDefault(value: SettingWords['fallback']): string {
  return value === undefined || typeof value === 'object' ? 'none' : `\`${value}\``;
}
