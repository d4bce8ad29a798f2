/** What goes over an interface, as tcpdump sees it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { patient } from '../../../src/ports/testing/patience.ts';

const PROGRAM = '/usr/bin/tcpdump';

export interface Packet {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Of what TCP or UDP carry. */
  readonly length: number;
}

/** Undefined when the machine can capture, else why not (for `skip`). */
export async function captureMissing(): Promise<string | undefined> {
  return access(PROGRAM).then(
    () => undefined,
    () => `${PROGRAM} is missing (Debian package tcpdump)`,
  );
}

export class Capture {
  readonly #child: ChildProcess;
  readonly #packets: Packet[] = [];
  #begunLine = '';
  #onPackets = (): void => undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#begunLine + text).split('\n');
      this.#begunLine = lines.pop() ?? '';
      this.#packets.push(...lines.flatMap(parsePacket));
      this.#onPackets();
    });
  }

  /** Resolves when every packet from now on is seen. */
  static async start({
    link,
    namespace,
  }: {
    link: string;
    namespace?: string | undefined;
  }): Promise<Capture> {
    const tcpdump = [PROGRAM, '-i', link, '-n', '-l', '-q', '-t', '--immediate-mode', 'tcp or udp'];
    const [program = '', ...parameters] =
      namespace === undefined ? tcpdump : ['ip', 'netns', 'exec', namespace, ...tcpdump];
    const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => child.kill('SIGKILL'));
    const capture = new Capture(child);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('listening on')) resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`tcpdump left with ${code}: ${said}`)));
    });
    return capture;
  }

  /**
   * Ends it once a packet that `isLast` was seen, for tcpdump leaves without those that it has not read yet; resolves with
   * all packets that were seen.
   */
  async stopAfter(isLast: (packet: Packet) => boolean): Promise<Packet[]> {
    await this.#untilSeen(isLast);
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await closed;
    return this.#packets;
  }

  async #untilSeen(isLast: (packet: Packet) => boolean): Promise<void> {
    let tooLong: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#onPackets = () => this.#packets.some(isLast) && resolve();
      tooLong = setTimeout(() => reject(new Error('the last packet was not seen')), patient(10_000));
      this.#onPackets();
    }).finally(() => clearTimeout(tooLong));
  }
}

/** `IP 10.0.0.4.40000 > 203.0.113.2.5000: tcp 12`, or `UDP, length 12`. */
function parsePacket(line: string): Packet[] {
  const parts = /^IP ([\d.]+)\.(\d+) > ([\d.]+)\.(\d+): (?:tcp|UDP, length) (\d+)/.exec(line);
  if (parts === null) return [];
  const [, source = '', sourcePort, destination = '', destinationPort, length] = parts;
  return [
    {
      ...{ source, sourcePort: Number(sourcePort) },
      ...{ destination, destinationPort: Number(destinationPort), length: Number(length) },
    },
  ];
}
