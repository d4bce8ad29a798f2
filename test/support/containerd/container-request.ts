/** A small container for tests of runtimes: busybox in namespaces of its own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MOUNTS } from '../../../src/domain/oci/spec-defaults.ts';
import type { RuntimeSpec } from '../../../src/domain/oci/types.ts';
import type { CreateContainerRequest } from '../../../src/ports/container-runtime.ts';

const MOUNTS: ReadonlySet<string> = new Set(['/proc', '/dev', '/dev/pts']);

export interface TestContainer {
  readonly id: string;
  readonly args: readonly string[];
  /** For its upper and work directory and its output. */
  readonly directory: string;
  readonly lowerDirs: readonly string[];
  /** The parent of its cgroup. */
  readonly cgroup: string;
  readonly env?: readonly string[];
  readonly resources?: Record<string, unknown>;
}

/** With the directories that it needs. */
export async function aContainerRequest(container: TestContainer): Promise<CreateContainerRequest> {
  const request = aRequest(container);
  const { upperDir, workDir } = request.rootfs;
  for (const path of [upperDir, workDir]) await mkdir(path, { recursive: true });
  return request;
}

/** Nothing of it is on the disk. */
export function aRequest(container: TestContainer): CreateContainerRequest {
  const own = join(container.directory, container.id);
  const rootfs = { lowerDirs: container.lowerDirs, upperDir: join(own, 'upper'), workDir: join(own, 'work') };
  return {
    id: container.id,
    taskId: container.id.slice(0, 32),
    labels: { 'test/name': 'a label' },
    image: 'test.local/busybox:1',
    spec: aSpec(container),
    rootfs,
    stdoutPath: join(own, 'stdout'),
    stderrPath: join(own, 'stderr'),
  };
}

function aSpec(container: TestContainer): RuntimeSpec {
  const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
  return {
    ociVersion: '1.0.2',
    root: { path: 'unused', readonly: false },
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [...container.args],
      env: ['PATH=/bin', ...(container.env ?? [])],
      cwd: '/',
      capabilities: none,
      rlimits: [],
      noNewPrivileges: true,
    },
    mounts: DEFAULT_MOUNTS.filter(({ destination }) => MOUNTS.has(destination)),
    linux: {
      cgroupsPath: `${container.cgroup}/${container.id}`,
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map((type) => ({ type })),
      resources: container.resources ?? {},
      maskedPaths: [],
      readonlyPaths: [],
    },
  };
}
