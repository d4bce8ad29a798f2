/**
 * Names of servers, and of their directories: `<file system>[.<access point>].<rw or ro>[.squash]`. Who accesses one
 * view differently has another server.
 */
import { type FileSystemView, viewKey } from '../../domain/efs/view.ts';
import { AppError } from '../../domain/errors.ts';
import type { NfsExport } from '../../ports/nfs-servers.ts';

const NAME = /^fs-[0-9a-f]{8,40}(\.fsap-[0-9a-f]{8,40})?\.(rw|ro)(\.squash)?$/;

/** `invalid` for ids that are none. */
export function serverName({ view, readOnly, squashRoot }: NfsExport): string {
  const hasUser = view.accessPoint?.posixUser !== undefined;
  const access = `${readOnly ? 'ro' : 'rw'}${squashRoot && !hasUser ? '.squash' : ''}`;
  const name = `${dotted(view)}.${access}`;
  if (!NAME.test(name))
    throw new AppError('invalid', `no ids of a file system and an access point: ${viewKey(view)}`);
  return name;
}

export function isServerName(name: string): boolean {
  return NAME.test(name);
}

export function fileSystemOf(name: string): string {
  return name.split('.')[0] ?? name;
}

/** True when the server shows this view, with whatever access. */
export function shows(name: string, view: FileSystemView): boolean {
  return name.replace(/\.(rw|ro)(\.squash)?$/, '') === dotted(view);
}

function dotted(view: FileSystemView): string {
  return viewKey(view).replaceAll('/', '.');
}
