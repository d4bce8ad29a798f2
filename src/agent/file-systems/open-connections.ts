/** The connections of clients to mount targets, as long as they last. */
import { type FileSystemView, viewKey } from '../../domain/efs/view.ts';

export interface OpenConnection {
  readonly vpcId: string;
  /** Of the mount target. */
  readonly address: string;
  readonly view: FileSystemView;
  /** Breaks it off. */
  readonly end: () => void;
}

export class OpenConnections {
  readonly #open = new Set<OpenConnection>();

  add(connection: OpenConnection): void {
    this.#open.add(connection);
  }

  /** True when no other of its view is left. */
  remove(connection: OpenConnection): boolean {
    this.#open.delete(connection);
    const key = viewKey(connection.view);
    return !this.#of(connection.view.fileSystemId).some(({ view }) => viewKey(view) === key);
  }

  /** What clients of a file system see, each view once or more. */
  views(fileSystemId: string): FileSystemView[] {
    return this.#of(fileSystemId).map(({ view }) => view);
  }

  /** Breaks off those in a VPC for which this does not hold. */
  endUnless(vpcId: string, holds: (connection: OpenConnection) => boolean): void {
    for (const connection of this.#open) {
      if (connection.vpcId === vpcId && !holds(connection)) connection.end();
    }
  }

  #of(fileSystemId: string): OpenConnection[] {
    return [...this.#open].filter(({ view }) => view.fileSystemId === fileSystemId);
  }
}
