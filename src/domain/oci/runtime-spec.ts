/**
 * The OCI runtime spec (1.0.2) of one container, from its image's configuration and its definition: what Docker
 * would set, inside the task's network namespace and cgroup. Pure; `notes` says what the host did not allow.
 */
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import { AppError } from '../errors.ts';
import { effectiveCapabilities } from './capabilities.ts';
import { DEFAULT_DEVICES, DEFAULT_MOUNTS, MASKED_PATHS, READONLY_PATHS } from './spec-defaults.ts';
import { seccompProfile } from './seccomp.ts';
import type { ImageConfig, ImageRunConfig, Mount, RuntimeSpec } from './types.ts';
import type { ResolvedUser } from './user.ts';

/** What the machine allows. */
export interface HostLimits {
  /** The hard limit of open files that a process here may have. */
  readonly nofileHard: number;
  /** Whether the kernel can limit swap by cgroup. */
  readonly swapAccounting: boolean;
}

export interface SpecInput {
  readonly image: ImageConfig;
  /** With RunTask's overrides applied. */
  readonly definition: ContainerDefinition;
  readonly user: ResolvedUser;
  readonly hostname: string;
  readonly networkNamespacePath: string;
  /** The task's cgroup, e.g. `/neargate/<task>`. */
  readonly taskCgroup: string;
  readonly runtimeId: string;
  /** What is mounted besides the defaults. */
  readonly mounts: readonly Mount[];
  /** Set by the platform; beats the definition's `environment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly host: HostLimits;
}

export interface BuiltSpec {
  readonly spec: RuntimeSpec;
  readonly notes: readonly string[];
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_NOFILE = 65_535;
const MIB = 2 ** 20;
/** The runtime cannot start a process in less. */
const LEAST_MEMORY_MIB = 6;
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;

/** Throws `invalid` when neither the image nor the definition says what to run. */
export function buildRuntimeSpec(input: SpecInput): BuiltSpec {
  const notes: string[] = [];
  const { definition, image } = input;
  const capabilities = effectiveCapabilities(definition.linuxParameters?.capabilities);
  const spec: RuntimeSpec = {
    ociVersion: '1.0.2',
    hostname: input.hostname,
    root: { path: 'rootfs', readonly: definition.readonlyRootFilesystem === true },
    process: {
      terminal: false,
      user: { uid: input.user.uid, gid: input.user.gid, additionalGids: [...input.user.additionalGids] },
      args: commandLine(image.config ?? {}, definition),
      env: environment(input),
      cwd: workingDirectory(definition.workingDirectory ?? image.config?.WorkingDir),
      capabilities: capabilitySets(capabilities, input.user.uid),
      rlimits: rlimits(definition, input.host, notes),
      // Docker leaves it off unless it is asked for, and images with setuid programs (sudo, ping) count on that.
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    mounts: [...DEFAULT_MOUNTS, ...input.mounts],
    annotations: { ...input.annotations },
    linux: {
      cgroupsPath: `${input.taskCgroup}/${input.runtimeId}`,
      namespaces: [
        { type: 'mount' },
        { type: 'network', path: input.networkNamespacePath },
        { type: 'uts' },
        { type: 'pid' },
        { type: 'ipc' },
        { type: 'cgroup' },
      ],
      resources: resources(definition, input.host, notes),
      seccomp: seccompProfile(image.architecture, capabilities),
      maskedPaths: [...MASKED_PATHS],
      readonlyPaths: [...READONLY_PATHS],
    },
  };
  return { spec, notes };
}

/** An entry point of the definition drops the image's command; an empty list counts as absent. */
function commandLine(image: ImageRunConfig, definition: ContainerDefinition): string[] {
  const ownEntry = filled(definition.entryPoint);
  const entryPoint = ownEntry ?? image.Entrypoint ?? [];
  const command = filled(definition.command) ?? (ownEntry === undefined ? (image.Cmd ?? []) : []);
  const args = [...entryPoint, ...command];
  if (args.length === 0) throw new AppError('invalid', 'no command specified');
  return args;
}

function filled(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function environment({ image, definition, user, hostname, environment: injected }: SpecInput): string[] {
  const variables = new Map<string, string>([
    ['PATH', DEFAULT_PATH],
    ['HOSTNAME', hostname],
    ['HOME', user.home],
  ]);
  for (const entry of image.config?.Env ?? []) {
    const split = entry.indexOf('=');
    if (split > 0) variables.set(entry.slice(0, split), entry.slice(split + 1));
  }
  for (const { name, value } of definition.environment ?? []) {
    if (name !== undefined && name !== '') variables.set(name, value ?? '');
  }
  for (const [name, value] of Object.entries(injected)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

function workingDirectory(path: string | undefined): string {
  if (path === undefined || path === '') return '/';
  return path.startsWith('/') ? path : `/${path}`;
}

/** Other users than root start without effective capabilities, as execve would leave them. */
function capabilitySets(names: string[], uid: number): RuntimeSpec['process']['capabilities'] {
  const held = uid === 0 ? names : [];
  return { bounding: names, effective: held, permitted: held, inheritable: [], ambient: [] };
}

function rlimits(
  definition: ContainerDefinition,
  host: HostLimits,
  notes: string[],
): RuntimeSpec['process']['rlimits'] {
  const limits = new Map([['RLIMIT_NOFILE', { soft: DEFAULT_NOFILE, hard: DEFAULT_NOFILE }]]);
  for (const { name, softLimit, hardLimit } of definition.ulimits ?? []) {
    if (name === undefined) continue;
    const hard = hardLimit ?? softLimit ?? 0;
    limits.set(`RLIMIT_${name.toUpperCase()}`, { soft: Math.min(softLimit ?? hard, hard), hard });
  }
  return [...limits].map(([type, { soft, hard }]) => {
    if (type !== 'RLIMIT_NOFILE' || hard <= host.nofileHard) return { type, soft, hard };
    notes.push(`nofile clamped from ${hard} to ${host.nofileHard}, which is all that this machine allows`);
    return { type, soft: Math.min(soft, host.nofileHard), hard: host.nofileHard };
  });
}

function resources(
  definition: ContainerDefinition,
  host: HostLimits,
  notes: string[],
): Record<string, unknown> {
  const shares = Math.min(Math.max(definition.cpu ?? 0, LEAST_SHARES), MOST_SHARES);
  const memory: Record<string, number> = {};
  if (definition.memory !== undefined) {
    if (definition.memory < LEAST_MEMORY_MIB) notes.push(`memory raised to ${LEAST_MEMORY_MIB} MiB`);
    memory['limit'] = Math.max(definition.memory, LEAST_MEMORY_MIB) * MIB;
    if (host.swapAccounting) memory['swap'] = memory['limit'];
  }
  if (definition.memoryReservation !== undefined) memory['reservation'] = definition.memoryReservation * MIB;
  return { devices: DEFAULT_DEVICES, cpu: { shares }, ...(Object.keys(memory).length > 0 && { memory }) };
}

/** `user` of the definition, else of the image. */
export function userOf(image: ImageConfig, definition: ContainerDefinition): string | undefined {
  return definition.user !== undefined && definition.user !== '' ? definition.user : image.config?.User;
}
