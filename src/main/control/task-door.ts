/** How the control plane takes in the connections of tasks to services, which agents hand over. */
import type { Socket } from 'node:net';
import type { FrontDoor } from '../../wire/front-door/front-door.ts';
import {
  listenForTasks,
  type ServiceConnection,
  type ServiceSocket,
} from '../../wire/front-door/service-socket.ts';
import { TlsEnding, type TlsEndingOptions } from '../../wire/front-door/tls-ending.ts';

export interface TaskDoorOptions extends TlsEndingOptions {
  /** Path of the socket. */
  readonly socket: string;
  readonly frontDoor: Pick<FrontDoor, 'acceptSocket'>;
  /** Further ones are cut off. Default: no end. */
  readonly mostConnections?: number;
}

/** Resolves when agents can connect. */
export function openTaskDoor(options: TaskDoorOptions): Promise<ServiceSocket> {
  const { socket, frontDoor, mostConnections, ...tls } = options;
  const ending = new TlsEnding(tls);
  const accept = (connection: Socket, { secureAt, ...arrival }: ServiceConnection): void => {
    if (secureAt === undefined) frontDoor.acceptSocket(connection, arrival);
    else
      ending.accept(connection, secureAt, (content) =>
        frontDoor.acceptSocket(content, { ...arrival, isSecure: true }),
      );
  };
  return listenForTasks(socket, accept, mostConnections);
}
