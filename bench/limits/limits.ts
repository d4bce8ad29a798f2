/**
 * Bad callers of the front door, many at once: what they are told, what the control plane holds meanwhile, and how soon a
 * caller who does nothing wrong is answered.
 */
import { once, setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Neargate } from '../../test/support/neargate/instance.ts';
import { figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { holdings } from '../holdings.ts';

export interface LimitsOptions {
  readonly connections: number;
}

export interface LimitsFigures {
  readonly callers: string;
  /** How many ended in which way: a status, `cut off`, or `open` when they still were. */
  readonly ends: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly residentMiB: number;
  /** Milliseconds of the good caller. */
  readonly others: { readonly p50: number; readonly p99: number };
}

interface Attack {
  readonly callers: string;
  readonly count: number;
  /** How long they are watched at most. */
  readonly seconds: number;
  readonly say: (socket: Socket) => void;
}

const HEAD =
  'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: AmazonEC2ContainerServiceV20141113.ListClusters\r\n';
const GOOD = `${HEAD}content-length: 2\r\n\r\n{}`;
const MIB = 2 ** 20;
const PIECE = Buffer.alloc(MIB, ' ');
const PROBE_EVERY_MS = 50;
const DRIBBLE_MS = 1_000;

function attacks(connections: number): readonly Attack[] {
  return [
    { callers: 'say nothing', count: connections, seconds: 40, say: () => undefined },
    {
      callers: 'headers that do not end',
      ...{ count: connections / 10, seconds: 40 },
      say: (socket) => {
        socket.write(HEAD);
        const timer = setInterval(() => socket.write('x: y\r\n'), DRIBBLE_MS);
        socket.once('close', () => clearInterval(timer));
      },
    },
    {
      callers: 'half of 4 MB, then nothing',
      ...{ count: connections / 25, seconds: 70 },
      say: (socket) => {
        socket.write(`${HEAD}content-length: ${4 * MIB}\r\n\r\n`);
        socket.write(PIECE);
        socket.write(PIECE);
      },
    },
    {
      callers: 'bodies of 64 MiB',
      ...{ count: connections / 100, seconds: 60 },
      say: (socket) => {
        socket.write(`${HEAD}content-length: ${64 * MIB}\r\n\r\n`);
        let left = 64;
        const more = (): void => {
          while (left > 0 && socket.writable) {
            left -= 1;
            if (!socket.write(PIECE)) return void socket.once('drain', more);
          }
        };
        more();
      },
    },
    {
      callers: 'headers of 64 KiB',
      ...{ count: connections / 10, seconds: 30 },
      say: (socket) => socket.write(`${HEAD}x: ${'y'.repeat(65_536)}\r\n\r\n`),
    },
  ];
}

export async function benchLimits({ connections }: LimitsOptions): Promise<readonly LimitsFigures[]> {
  const neargate = await Neargate.start({ flags: ['--fake', '--open', '--log-level', 'error'] });
  try {
    const figures: LimitsFigures[] = [];
    figures.push(await suffer(neargate, { callers: 'none', count: 0, seconds: 5, say: () => undefined }));
    for (const attack of attacks(connections)) figures.push(await suffer(neargate, attack));
    console.log(report(figures));
    return figures;
  } finally {
    await neargate.close();
  }
}

async function suffer(neargate: Neargate, { callers, count, seconds, say }: Attack): Promise<LimitsFigures> {
  const { port } = new URL(neargate.info.endpoint);
  const over = new AbortController();
  const begin = performance.now();
  const ends: Record<string, number> = {};
  let residentMiB = 0;
  const watching = (async () => {
    const times: number[] = [];
    while (!over.signal.aborted) {
      times.push(await probe(Number(port)));
      residentMiB = Math.max(residentMiB, (await holdings(neargate.pid)).residentMiB);
      await delay(PROBE_EVERY_MS);
    }
    return times;
  })();
  const late = AbortSignal.timeout(seconds * 1000);
  setMaxListeners(0, late);
  const callersDone = Array.from({ length: Math.floor(count) }, async () => {
    const end = await attackOnce(Number(port), say, late);
    ends[end] = (ends[end] ?? 0) + 1;
  });
  if (callersDone.length === 0) await delay(seconds * 1000);
  await Promise.all(callersDone);
  over.abort();
  const { p50, p99 } = figuresOf(await watching);
  return {
    ...{ callers: `${Math.floor(count)} x ${callers}`, ends, residentMiB, others: { p50, p99 } },
    seconds: (performance.now() - begin) / 1000,
  };
}

/** How the connection ended. */
async function attackOnce(port: number, say: (socket: Socket) => void, late: AbortSignal): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  const end = (): void => void socket.destroy();
  late.addEventListener('abort', end);
  socket.once('connect', () => say(socket));
  await closed;
  late.removeEventListener('abort', end);
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(received) ?? [];
  return status ?? (late.aborted ? 'open' : 'cut off');
}

/** Milliseconds until a good caller, on a connection of its own, has its answer. */
async function probe(port: number): Promise<number> {
  const begin = performance.now();
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  socket.write(GOOD);
  const [text] = (await once(socket, 'data')) as [string];
  socket.destroy();
  if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`a good caller was told ${text.slice(0, 200)}`);
  return performance.now() - begin;
}

function report(figures: readonly LimitsFigures[]): string {
  const rows = figures.map(({ callers, ends, seconds, residentMiB, others }) => [
    callers,
    Object.entries(ends)
      .map(([end, count]) => `${count} x ${end}`)
      .join(', ') || '-',
    ...[seconds, residentMiB, others.p50, others.p99].map(number),
  ]);
  const wanted: Mark[] = [
    {
      ...{ name: 'resident memory at its highest', unit: ' MiB', limit: 1024 },
      value: Math.max(...figures.map(({ residentMiB }) => residentMiB)),
    },
    {
      ...{ name: 'callers who were still served at the end', unit: '', limit: 0 },
      value: figures.reduce((sum, { ends }) => sum + (ends['open'] ?? 0), 0),
    },
  ];
  return [
    table(['bad callers', 'were told', 'seconds', 'resident MiB', 'others p50 ms', 'p99'], rows),
    '',
    marks(wanted),
  ].join('\n');
}
