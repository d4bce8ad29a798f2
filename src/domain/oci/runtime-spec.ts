/**
 * The OCI runtime spec (1.0.2) of one container, from its image's configuration and its definition: what Docker
 * would set, inside the task's network namespace and cgroup. Pure; `notes` says what the host did not allow.
 */
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import { AppError } from '../errors.ts';
import { effectiveCapabilities } from './capabilities.ts';
import { environmentOf } from './environment.ts';
import { resources } from './resources.ts';
import { type DefaultNofile, rlimits } from './rlimits.ts';
import { seccompProfile } from './seccomp.ts';
import { MASKED_PATHS, READONLY_PATHS } from './spec-defaults.ts';
import { INIT_PATH, specMounts } from './spec-mounts.ts';
import type { ImageConfig, ImageRunConfig, Mount, RuntimeSpec } from './types.ts';
import type { ResolvedUser } from './user.ts';

/** What the machine allows. */
export interface HostLimits {
  /** Hard limits of a process here by their OCI names (`RLIMIT_NOFILE`); what is not in there is not limited. */
  readonly hardLimits: Readonly<Record<string, number>>;
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
  /** PID namespace of the task (pidMode task); absent: one of its own. */
  readonly pidNamespacePath?: string;
  /** The task's cgroup, e.g. `/neargate/<task>`. */
  readonly taskCgroup: string;
  readonly runtimeId: string;
  /** What is mounted besides the defaults, in any order. */
  readonly mounts: readonly Mount[];
  /** Variables of environmentFiles, each once; weaker than the definition's `environment`. */
  readonly fileEnvironment: readonly { readonly name: string; readonly value: string }[];
  /** Values of `secrets` by variable name; stronger than `environment`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Set by the platform for what knows no better: beats the image's only. */
  readonly defaultEnvironment?: Readonly<Record<string, string>>;
  /** Set by the platform; beats all. */
  readonly environment: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Path on the host of a static init (tini); needed when initProcessEnabled. */
  readonly initPath?: string;
  /** Files open at most, where the definition has no nofile (PlatformVersion.defaultNofile). */
  readonly defaultNofile: DefaultNofile;
  readonly host: HostLimits;
}

export interface BuiltSpec {
  readonly spec: RuntimeSpec;
  readonly notes: readonly string[];
}

/** Throws `invalid` when there is nothing to run, or when the definition asks for what cannot be. */
export function buildRuntimeSpec(input: SpecInput): BuiltSpec {
  const notes: string[] = [];
  const { definition, image } = input;
  const initPath = initProgram(input);
  const process = processOf(input, initPath !== undefined, notes);
  const spec: RuntimeSpec = {
    ociVersion: '1.0.2',
    hostname: input.hostname,
    root: { path: 'rootfs', readonly: definition.readonlyRootFilesystem === true },
    process,
    mounts: specMounts(input.mounts, initPath),
    annotations: { ...input.annotations },
    linux: {
      cgroupsPath: `${input.taskCgroup}/${input.runtimeId}`,
      namespaces: [
        { type: 'mount' },
        { type: 'network', path: input.networkNamespacePath },
        { type: 'uts' },
        { type: 'pid', ...(input.pidNamespacePath !== undefined && { path: input.pidNamespacePath }) },
        { type: 'ipc' },
        { type: 'cgroup' },
      ],
      resources: resources(definition, input.host.swapAccounting, notes),
      seccomp: seccompProfile(image.architecture, process.capabilities.bounding),
      maskedPaths: [...MASKED_PATHS],
      readonlyPaths: [...READONLY_PATHS],
      sysctl: sysctl(definition),
    },
  };
  return { spec, notes };
}

function processOf(input: SpecInput, withInit: boolean, notes: string[]): RuntimeSpec['process'] {
  const { definition, image, user } = input;
  const args = commandLine(image.config ?? {}, definition);
  return {
    terminal: definition.pseudoTerminal === true,
    user: { uid: user.uid, gid: user.gid, additionalGids: [...user.additionalGids] },
    args: withInit ? [INIT_PATH, '--', ...args] : args,
    env: environmentOf({
      image: image.config ?? {},
      definition,
      fileEnvironment: input.fileEnvironment,
      secrets: input.secrets,
      defaults: input.defaultEnvironment ?? {},
      injected: input.environment,
      hostname: input.hostname,
      home: user.home,
    }),
    cwd: workingDirectory(definition, image.config?.WorkingDir),
    capabilities: capabilitySets(effectiveCapabilities(definition.linuxParameters?.capabilities), user.uid),
    rlimits: rlimits(definition.ulimits ?? [], input.defaultNofile, input.host.hardLimits, notes),
    // Docker leaves it off unless it is asked for, and images with setuid programs (sudo, ping) count on that.
    noNewPrivileges: false,
    oomScoreAdj: 0,
  };
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

/** The init to put before the command. In a PID namespace of the task, that namespace's own first process reaps. */
function initProgram({ definition, initPath, pidNamespacePath }: SpecInput): string | undefined {
  if (definition.linuxParameters?.initProcessEnabled !== true || pidNamespacePath !== undefined)
    return undefined;
  if (initPath !== undefined) return initPath;
  throw new AppError('invalid', 'initProcessEnabled needs an init program, and this machine has none');
}

/** The runtime makes it where the image has none. */
function workingDirectory(definition: ContainerDefinition, ofImage: string | undefined): string {
  const own = definition.workingDirectory ?? '';
  if (own !== '' && !own.startsWith('/')) {
    const words = `the working directory '${own}' is invalid, it needs to be an absolute path`;
    throw new AppError('invalid', words);
  }
  const path = own === '' ? (ofImage ?? '') : own;
  return path.startsWith('/') ? path : `/${path}`;
}

/** Other users than root start without effective capabilities, as execve would leave them. */
function capabilitySets(names: string[], uid: number): RuntimeSpec['process']['capabilities'] {
  const held = uid === 0 ? names : [];
  return { bounding: names, effective: held, permitted: held, inheritable: [], ambient: [] };
}

function sysctl({ systemControls }: ContainerDefinition): Record<string, string> {
  const set: Record<string, string> = {};
  for (const { namespace, value } of systemControls ?? []) {
    if (namespace !== undefined && value !== undefined) set[namespace] = value;
  }
  return set;
}

/** `user` of the definition, else of the image. */
export function userOf(image: ImageConfig, definition: ContainerDefinition): string | undefined {
  return definition.user !== undefined && definition.user !== '' ? definition.user : image.config?.User;
}
