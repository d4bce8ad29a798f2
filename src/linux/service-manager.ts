/** Tells systemd how a service is, by the protocol of sd_notify(3): a datagram to a socket that it named. */
import { closeSync } from 'node:fs';
import { call } from './libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;

/** `state` is lines such as `READY=1`. Throws the errno's AppError when nobody listens there. */
export function notifyServiceManager(socket: string, state: string): void {
  const fd = call('socket', 'of the service manager', AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    const address = unixAddress(socket);
    call('connect', `to ${socket}`, fd, address, address.length);
    const message = Buffer.from(state);
    call('send', `to ${socket}`, fd, message, message.length, MSG_NOSIGNAL);
  } finally {
    closeSync(fd);
  }
}

/** `struct sockaddr_un`; a name that begins with @ is an abstract one, which the kernel wants with a zero there. */
function unixAddress(name: string): Buffer {
  const address = Buffer.alloc(2 + Buffer.byteLength(name));
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(name.startsWith('@') ? `\0${name.slice(1)}` : name, 2);
  return address;
}
