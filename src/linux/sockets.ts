/**
 * Sockets made by system calls, so that they can belong to another network namespace than the process. The file
 * descriptors become ordinary Node sockets, which then own and close them.
 */
import { type Socket as DatagramSocket, createSocket } from 'node:dgram';
import { closeSync } from 'node:fs';
import { type Server, Socket, createServer } from 'node:net';
import { hasErrno, nodeError } from './errno.ts';
import { call } from './libc.ts';
import { parseIpv4 } from './netlink/ipv4.ts';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_FLAGS = 0o2000000 | 0o4000; // CLOEXEC, NONBLOCK
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUFFORCE = 33;
/** Room for some thousand datagrams that come at once, whatever the machine's default is. */
const DATAGRAM_BUFFER = Buffer.from(Uint32Array.of(2 ** 21).buffer);
const LISTEN_BACKLOG = 1024;

/** Runs an action in the namespace to which the socket shall belong. */
export type Within = <T>(action: () => T) => T;

/** `struct sockaddr_in`. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(parseIpv4(address), 4);
  return bytes;
}

function makeSocket(within: Within, type: number): number {
  return within(() => call('socket', 'of IPv4', AF_INET, type | SOCK_FLAGS, 0));
}

function makeBoundSocket(within: Within, type: number, address: string, port: number): number {
  const fd = makeSocket(within, type);
  try {
    const on = Buffer.from([1, 0, 0, 0]);
    if (type === SOCK_STREAM) call('setsockopt', 'SO_REUSEADDR', fd, SOL_SOCKET, SO_REUSEADDR, on, on.length);
    else call('setsockopt', 'SO_RCVBUFFORCE', fd, SOL_SOCKET, SO_RCVBUFFORCE, DATAGRAM_BUFFER, 4);
    call('bind', `to ${address}:${port}`, fd, socketAddress(address, port), 16);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Connects a TCP socket that belongs to the namespace of `within`. Resolves when connected; rejects with the errno's
 * AppError. When the signal fires the attempt ends and the signal's reason is thrown.
 */
export async function connectTcp(
  within: Within,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const fd = makeSocket(within, SOCK_STREAM);
  let socket: Socket;
  try {
    startConnect(fd, address, port);
    // libuv takes a socket that is still connecting: reads and writes wait until it is.
    socket = new Socket({ fd, readable: true, writable: true });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return await whenConnected(socket, `${address}:${port}`, signal);
}

function startConnect(fd: number, address: string, port: number): void {
  try {
    call('connect', `to ${address}:${port}`, fd, socketAddress(address, port), 16);
  } catch (error) {
    if (!hasErrno(error, 'EINPROGRESS')) throw error;
  }
}

function whenConnected(socket: Socket, what: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', settle);
      if (error === undefined) return resolve(socket);
      // Later errors of a socket that nobody has got are of no interest.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error === signal.reason ? error : nodeError(error, `connect to ${what}`));
    };
    const onAbort = () => settle(signal.reason);
    signal.addEventListener('abort', onAbort);
    socket.on('error', settle);
    // Writing nothing succeeds when the connection stands, and fails with its error when it cannot.
    socket.write(Buffer.alloc(0), (error) => settle(error ?? undefined));
  });
}

/**
 * A listening TCP server whose socket belongs to the namespace of `within`. Connections stay half open when the other
 * side has said all: whoever gets one ends it. Rejects with the errno's AppError.
 */
export function listenTcp(
  within: Within,
  address: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const fd = makeBoundSocket(within, SOCK_STREAM, address, port);
  const server = createServer({ allowHalfOpen: true }, onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(nodeError(error, `listen on ${address}:${port}`)));
    server.listen({ fd, backlog: LISTEN_BACKLOG }, () => resolve(server));
  });
}

/** A UDP socket that belongs to the namespace of `within`, bound to an address. */
export function bindUdp(within: Within, address: string, port: number): Promise<DatagramSocket> {
  const fd = makeBoundSocket(within, SOCK_DGRAM, address, port);
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => reject(nodeError(error, `bind to ${address}:${port}`)));
    socket.bind({ fd, exclusive: true }, () => resolve(socket));
  });
}
