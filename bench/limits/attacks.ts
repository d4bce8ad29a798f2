/** What bad callers do at a door. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Door } from './doors.ts';

export interface Attack {
  readonly door: Door;
  readonly callers: string;
  readonly count: number;
  /** How long they are watched at most. */
  readonly seconds: number;
  readonly say: (socket: Socket) => void;
}

const MIB = 2 ** 20;
const PIECE = Buffer.alloc(MIB, ' ');
const DRIBBLE_MS = 1_000;

export const NOBODY: Omit<Attack, 'door'> = { callers: 'nobody', count: 0, seconds: 5, say: () => undefined };

/** At each door, `most` that say nothing, and fewer of those who cost more. */
export function attacksAt(door: Door, most: number): readonly Attack[] {
  const of = (share: number): number => Math.ceil(most / share);
  return [
    { ...NOBODY, door },
    { door, callers: 'say nothing', count: most, seconds: 40, say: () => undefined },
    { door, callers: 'headers that do not end', count: of(10), seconds: 40, say: dribble(door.head) },
    {
      ...{ door, callers: 'half of 4 MB, then nothing', count: of(25), seconds: 75 },
      say: (socket) => {
        socket.write(`${door.head}content-length: ${4 * MIB}\r\n\r\n`);
        for (let piece = 0; piece < 2; piece += 1) socket.write(PIECE);
      },
    },
    { door, callers: 'bodies of 64 MiB', count: of(100), seconds: 75, say: sendAll(door.head, 64) },
    {
      ...{ door, callers: 'headers of 64 KiB', count: of(10), seconds: 40 },
      say: (socket) => void socket.write(`${door.head}x: ${'y'.repeat(65_536)}\r\n\r\n`),
    },
    {
      ...{ door, callers: 'half of a request, and their side closed', count: of(10), seconds: 40 },
      say: (socket) => void socket.end(door.head),
    },
  ];
}

/** Layers that come halfway: each holds an exchange with the registry behind. */
export function halfUploads(door: Door, count: number): Attack {
  const headers = door.head.slice(door.head.indexOf('\r\n') + 2);
  const say = async (socket: Socket): Promise<void> => {
    socket.write(`POST /v2/app/blobs/uploads/ HTTP/1.1\r\n${headers}content-length: 0\r\n\r\n`);
    const [text] = (await once(socket, 'data')) as [string];
    const [, place = ''] = /^location: (?:https?:\/\/[^/]+)?(\S+)/im.exec(text) ?? [];
    socket.write(`PATCH ${place} HTTP/1.1\r\n${headers}content-length: ${4 * MIB}\r\n\r\n`);
    socket.write(PIECE);
  };
  return {
    ...{ door, callers: 'layers that come halfway', count, seconds: 90 },
    say: (socket) => void say(socket).catch(() => undefined),
  };
}

function dribble(head: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write('x: y\r\n'), DRIBBLE_MS);
    socket.once('close', () => clearInterval(timer));
  };
}

function sendAll(head: string, mebibytes: number): (socket: Socket) => void {
  return (socket) => {
    socket.write(`${head}content-length: ${mebibytes * MIB}\r\n\r\n`);
    let left = mebibytes;
    const more = (): void => {
      while (left > 0 && socket.writable) {
        left -= 1;
        if (!socket.write(PIECE)) return void socket.once('drain', more);
      }
    };
    more();
  };
}
