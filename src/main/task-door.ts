/** How the control plane takes in the connections of tasks to services, which agents hand over. */
import type { FrontDoor } from '../wire/front-door/front-door.ts';
import { listenForTasks, type ServiceSocket } from '../wire/front-door/service-socket.ts';
import { TlsEnding, type TlsEndingOptions } from '../wire/front-door/tls-ending.ts';

export interface TaskDoorOptions extends TlsEndingOptions {
  /** Path of the socket. */
  readonly socket: string;
  readonly frontDoor: Pick<FrontDoor, 'acceptSocket'>;
}

/** Resolves when agents can connect. */
export function openTaskDoor({ socket, frontDoor, ...tls }: TaskDoorOptions): Promise<ServiceSocket> {
  const ending = new TlsEnding(tls);
  return listenForTasks(socket, (connection, { secureAt, ...arrival }) => {
    if (secureAt === undefined) frontDoor.acceptSocket(connection, arrival);
    else
      ending.accept(connection, secureAt, (content) =>
        frontDoor.acceptSocket(content, { ...arrival, isSecure: true }),
      );
  });
}
