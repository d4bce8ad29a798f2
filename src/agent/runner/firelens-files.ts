/** What the log router of a task is given on its disk: its configuration, and a directory for its socket. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FIRELENS_SOCKET, FIRELENS_SOCKET_DIRECTORY } from '../../domain/ecs/firelens/router.ts';
import { firelensRouterFile } from '../../domain/ecs/firelens/router-config.ts';
import type { Mount } from '../../domain/oci/types.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';

/** May be repeated; does nothing where there is no router. Throws `invalid` with AWS's words for options. */
export function writeFirelensFiles(diskPath: string, assignment: TaskAssignment): void {
  const file = firelensRouterFile(assignment);
  if (file === undefined) return;
  mkdirSync(socketDirectory(diskPath), { recursive: true });
  writeFileSync(configPath(diskPath), file.content, { mode: 0o644 });
}

/** The router's own; other containers have none. */
export function firelensMounts(diskPath: string, assignment: TaskAssignment, container: string): Mount[] {
  const file = firelensRouterFile(assignment);
  if (file?.container !== container) return [];
  const bind = (source: string, destination: string, mode: 'ro' | 'rw'): Mount => ({
    destination,
    type: 'bind',
    source,
    options: ['rbind', 'rprivate', mode],
  });
  return [
    bind(configPath(diskPath), file.path, 'ro'),
    bind(socketDirectory(diskPath), FIRELENS_SOCKET_DIRECTORY, 'rw'),
  ];
}

/** Where the router's socket is to be seen from outside, once it has made one. */
export function routerSocketPath(diskPath: string): string {
  return join(socketDirectory(diskPath), basename(FIRELENS_SOCKET));
}

function socketDirectory(diskPath: string): string {
  return join(diskPath, 'firelens', 'socket');
}

function configPath(diskPath: string): string {
  return join(diskPath, 'firelens', 'router.conf');
}
