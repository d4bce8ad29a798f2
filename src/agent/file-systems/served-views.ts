/**
 * Ends what nobody needs any more of that by which file systems are served: servers of views that clients may neither
 * come for nor have, and all views of file systems that no VPC has a mount target of. Failures are logged, and tried
 * again with the next look at the file system.
 */
import type { FileSystemView } from '../../domain/efs/view.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NfsServers } from '../../ports/nfs-servers.ts';

export interface ServedViewsDeps {
  readonly servers: Pick<NfsServers, 'keepOnly' | 'list'>;
  readonly views: Pick<FileSystemViews, 'close' | 'list'>;
  readonly logger: Logger;
}

/** Of a file system as it is when it is asked; undefined when no VPC has it. */
export type NeededViews = (fileSystemId: string) => readonly FileSystemView[] | undefined;

export class ServedViews {
  readonly #deps: ServedViewsDeps;
  readonly #needed: NeededViews;
  readonly #serial = new KeyedSerial();

  constructor(deps: ServedViewsDeps, needed: NeededViews) {
    this.#deps = deps;
    this.#needed = needed;
  }

  /** Looks at some file systems. Never rejects. */
  async look(fileSystemIds: readonly string[]): Promise<void> {
    const { logger } = this.#deps;
    const all = [...new Set(fileSystemIds)].map((fileSystemId) =>
      this.#serial
        .run(fileSystemId, () => this.#endOthers(fileSystemId))
        .catch((error: unknown) =>
          logger.error('mount target: what serves a file system does not end', { fileSystemId, error }),
        ),
    );
    await Promise.all(all);
  }

  /** Looks at all that is served. Never rejects. */
  async lookAtAll(): Promise<void> {
    const { servers, views, logger } = this.#deps;
    try {
      const viewed = (await views.list()).map((key) => viewOfKey(key).fileSystemId);
      await this.look([...(await servers.list()), ...viewed]);
    } catch (error) {
      logger.error('mount target: cannot look for what serves file systems', { error });
    }
  }

  async #endOthers(fileSystemId: string): Promise<void> {
    const { servers, views } = this.#deps;
    const needed = this.#needed(fileSystemId);
    await servers.keepOnly(fileSystemId, needed ?? []);
    if (needed !== undefined) return;
    for (const view of (await views.list()).map(viewOfKey)) {
      if (view.fileSystemId === fileSystemId) await views.close(view);
    }
  }
}

/** As much of a view as its key says, which is enough to end it. */
function viewOfKey(key: string): FileSystemView {
  const [fileSystemId = '', accessPointId = ''] = key.split('/');
  const isOfAccessPoint = accessPointId.startsWith('fsap-');
  return {
    ...{ fileSystemId, rootDirectory: '/' },
    ...(isOfAccessPoint && { accessPoint: { accessPointId, rootPath: '/' } }),
  };
}
