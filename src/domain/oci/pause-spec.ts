/**
 * The container that holds a task's PID namespace (pidMode task): the pause program as its first process, which the
 * task's containers join by `/proc/<pid>/ns/pid`. It may do nothing, and there is nothing in it to do something with: a
 * container with SYS_PTRACE can take hold of it, so what it is kept from matters.
 */
import type { PauseArchitecture } from './pause-program.ts';
import { seccompProfile } from './seccomp.ts';
import { MASKED_PATHS } from './spec-defaults.ts';
import type { RuntimeSpec } from './types.ts';

export interface PauseSpecInput {
  readonly architecture: PauseArchitecture;
  readonly hostname: string;
  readonly networkNamespacePath: string;
  /** The task's cgroup, e.g. `/neargate/<task>`. */
  readonly taskCgroup: string;
  readonly runtimeId: string;
}

/** Where the program lies in the root file system, which need hold nothing else. */
export const PAUSE_PATH = '/pause';
const NOBODY = 65_534;
const LEAST_SHARES = 2;

export function pauseSpec(input: PauseSpecInput): RuntimeSpec {
  return {
    ociVersion: '1.0.2',
    hostname: input.hostname,
    root: { path: 'rootfs', readonly: true },
    process: {
      terminal: false,
      user: { uid: NOBODY, gid: NOBODY },
      args: [PAUSE_PATH],
      env: [],
      cwd: '/',
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      rlimits: [],
      noNewPrivileges: true,
    },
    // Only because runc cannot start a process without it.
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['ro', 'nosuid', 'noexec', 'nodev'] },
    ],
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
      resources: { devices: [{ allow: false, access: 'rwm' }], cpu: { shares: LEAST_SHARES } },
      // The machine's own architecture only: half of what the filter costs at the start.
      seccomp: { ...seccompProfile(input.architecture, []), architectures: [] },
      maskedPaths: [...MASKED_PATHS],
      readonlyPaths: [],
    },
  };
}
