/**
 * Bad callers, many at once, at every door of the control plane: what they are told, what it holds meanwhile, and how soon a
 * caller who does nothing wrong is answered. All the while it pushes its figures to a receiver that answers without end, then
 * to one that is silent.
 */
import { once, setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Neargate } from '../../test/support/neargate/instance.ts';
import { figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { holdings } from '../holdings.ts';
import { type Attack, attacksAt, halfUploads } from './attacks.ts';
import { type Door, doorsOf, EndlessReceiver } from './doors.ts';

export interface LimitsOptions {
  readonly connections: number;
}

export interface LimitsFigures {
  readonly door: string;
  readonly callers: string;
  /** How many ended in which way: a status, `cut off`, or `open` when they still were. */
  readonly ends: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly residentMiB: number;
  /** Milliseconds of the good caller, and how often he was not served. */
  readonly others: { readonly p50: number; readonly p99: number; readonly refused: number };
}

const FLAGS = ['--fake', '--open', '--log-level', 'error', '--metrics-listen', '127.0.0.1:0'];
const PROBE_EVERY_MS = 50;
/** `/metrics` serves as many at a time; here all of them are bad but a few. */
const AT_METRICS = 1_000;
/** Than exchanges that the registry behind has at a time with anybody. */
const UPLOADS = 1_000;

export async function benchLimits({ connections }: LimitsOptions): Promise<readonly LimitsFigures[]> {
  const figures: LimitsFigures[] = [];
  const receivers: EndlessReceiver[] = [];
  for (const isSilent of [false, true]) {
    const receiver = await EndlessReceiver.start(isSilent);
    receivers.push(receiver);
    const otlp = ['--otlp-endpoint', receiver.endpoint, '--otlp-interval', '1s'];
    const neargate = await Neargate.start({ flags: [...FLAGS, ...otlp] });
    try {
      const { api, ecr, tasks, metrics } = await doorsOf(neargate);
      const attacks = isSilent
        ? [
            ...attacksAt(tasks, connections / 4),
            ...attacksAt(metrics, Math.min(connections / 10, AT_METRICS)),
          ]
        : [
            ...attacksAt(api, connections),
            ...attacksAt(ecr, connections / 4),
            halfUploads(ecr, Math.min(connections / 10, UPLOADS)),
          ];
      for (const attack of attacks) {
        figures.push(await suffer(neargate.pid, attack));
        console.error(`${attack.door.name}: ${attack.callers}`);
      }
    } finally {
      await neargate.close();
      receiver.close();
    }
  }
  console.log(report(figures, receivers));
  return figures;
}

async function suffer(pid: number, { door, callers, count, seconds, say }: Attack): Promise<LimitsFigures> {
  const over = new AbortController();
  const begin = performance.now();
  const ends: Record<string, number> = {};
  let residentMiB = 0;
  let refused = 0;
  const watching = (async () => {
    const times: number[] = [];
    while (!over.signal.aborted) {
      const took = await probe(door);
      if (took === undefined) refused += 1;
      else times.push(took);
      residentMiB = Math.max(residentMiB, (await holdings(pid)).residentMiB);
      await delay(PROBE_EVERY_MS);
    }
    return times;
  })();
  const late = AbortSignal.timeout(seconds * 1000);
  setMaxListeners(0, late);
  const callersDone = Array.from({ length: Math.floor(count) }, async () => {
    const end = await attackOnce(door, say, late);
    ends[end] = (ends[end] ?? 0) + 1;
  });
  if (callersDone.length === 0) await delay(seconds * 1000);
  await Promise.all(callersDone);
  over.abort();
  const { p50, p99 } = figuresOf(await watching);
  return {
    ...{ door: door.name, callers: `${Math.floor(count)} x ${callers}`, ends, residentMiB },
    others: { p50, p99, refused },
    seconds: (performance.now() - begin) / 1000,
  };
}

/** How the connection ended. */
async function attackOnce(door: Door, say: Attack['say'], late: AbortSignal): Promise<string> {
  const socket = door.open().setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  const end = (): void => void socket.destroy();
  late.addEventListener('abort', end);
  socket.once('connect', () => say(socket));
  await closed;
  late.removeEventListener('abort', end);
  // The last answer: an upload is begun by one of its own.
  const status = [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].at(-1)?.[1];
  return late.aborted ? 'open' : (status ?? 'cut off');
}

/** Milliseconds until a good caller, on a connection of its own, has its answer; undefined: he was not served. */
async function probe({ open, good, status }: Door): Promise<number | undefined> {
  const begin = performance.now();
  const socket = open().setEncoding('latin1');
  const ended = once(socket, 'close').catch(() => []);
  socket.write(good);
  const [text] = (await Promise.race([once(socket, 'data').catch(() => []), ended])) as [string?];
  socket.destroy();
  return text?.startsWith(`HTTP/1.1 ${status} `) === true ? performance.now() - begin : undefined;
}

function report(figures: readonly LimitsFigures[], receivers: readonly EndlessReceiver[]): string {
  const rows = figures.map(({ door, callers, ends, seconds, residentMiB, others }) => [
    door,
    callers,
    Object.entries(ends)
      .map(([end, count]) => `${count} x ${end}`)
      .join(', ') || '-',
    ...[seconds, residentMiB, others.p50, others.p99].map(number),
    String(others.refused),
  ]);
  const sum = (of: (each: LimitsFigures) => number): number =>
    figures.reduce((all, each) => all + of(each), 0);
  const wanted: Mark[] = [
    {
      ...{ name: 'resident memory at its highest', unit: ' MiB', limit: 1024 },
      value: Math.max(...figures.map(({ residentMiB }) => residentMiB)),
    },
    {
      ...{ name: 'callers who were still served at the end', unit: '', limit: 0 },
      value: sum(({ ends }) => ends['open'] ?? 0),
    },
    {
      ...{ name: 'good callers who were not served', unit: '', limit: 0 },
      value: sum(({ others }) => others.refused),
    },
    {
      ...{
        name: 'connections at a time to a receiver of OTLP that does not come to an end',
        unit: '',
        limit: 1,
      },
      value: Math.max(...receivers.map(({ most }) => most)),
    },
    {
      ...{ name: 'the fewest connections that such a receiver had', unit: '', limit: 1, atLeast: true },
      value: Math.min(...receivers.map(({ count }) => count)),
    },
  ];
  return [
    table(
      ['at', 'bad callers', 'were told', 'seconds', 'resident MiB', 'others p50 ms', 'p99', 'refused'],
      rows,
    ),
    '',
    marks(wanted),
  ].join('\n');
}
