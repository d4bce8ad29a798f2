/** A containerd for one test file, in a directory of its own; all of it is gone after `close`. */
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerdClient } from '../../../src/drivers/containerd/grpc/containerd-client.ts';
import { ImageViews } from '../../../src/drivers/containerd/images/image-views.ts';
import { ManagedContainerd } from '../../../src/drivers/containerd/managed-containerd.ts';
import { RuntimeHandlers } from '../../../src/drivers/containerd/runtime-handlers.ts';
import type { Logger } from '../../../src/ports/logger.ts';

export interface PrivateContainerd {
  readonly client: ContainerdClient;
  readonly views: ImageViews;
  readonly handlers: RuntimeHandlers;
  readonly state: string;
  readonly root: string;
  readonly mountProgram: readonly string[];
  readonly managed: ManagedContainerd;
  /** For the test's own files. */
  readonly directory: string;
  readonly close: () => Promise<void>;
}

const MOUNT_PROGRAM = [
  process.execPath,
  join(import.meta.dirname, '../../../src/drivers/containerd/mounts/nested-mount-program.js'),
];
const PROGRAMS = ['containerd', 'containerd-shim-runc-v2', 'runc'];

/** Why no containerd can be started here, or what else a test needs; undefined when all is there. */
export function containerdMissing(...programs: string[]): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = [...PROGRAMS, ...programs].filter((program) => !isInstalled(program));
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`;
}

/** `parent`: where its directory is made. */
export async function startPrivateContainerd(parent = tmpdir()): Promise<PrivateContainerd> {
  const directory = await mkdtemp(join(parent, 'ng-test-'));
  const managed = new ManagedContainerd({ directory: join(directory, 'c'), log: SILENT });
  const close = async (): Promise<void> => {
    client?.close();
    await managed.destroy();
    await rm(directory, { recursive: true, force: true });
  };
  let client: ContainerdClient | undefined;
  try {
    const { socketPath } = await managed.start();
    client = new ContainerdClient({ socketPath, namespace: 'neargate' });
    await client.ensureNamespace();
    const views = new ImageViews(client, 'overlayfs');
    const handlers = new RuntimeHandlers({ directory: managed.paths.directory });
    const { state, root } = managed.paths;
    return { client, views, handlers, state, root, mountProgram: MOUNT_PROGRAM, managed, directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

function isInstalled(program: string): boolean {
  return ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
