/**
 * A container that writes much, in pieces of all sizes, and what must be in its log stream for it. Its lines are drawn
 * once and lie in its image; it writes them over and over, so that any amount can be checked line by line.
 */
import { createHash } from 'node:crypto';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { buildLayer } from '../../../src/cli/sample-image/image.ts';
import { file } from '../../../src/cli/sample-image/tar.ts';
import { REGISTRY_NAME, type Scene } from '../neargate/scene.ts';

export interface FloodOptions {
  readonly mebibytes: number;
  /** Names its lines. */
  readonly seed: string;
  /** Default: drawn, up to 2,000. */
  readonly lineBytes?: number;
}

/** Of drawn lines in the image. */
const ROUND_MIB = 8;
/** Sizes of single writes, one a round. */
const PIECES = [65_536, 333, 4_097, 1_000_003];
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789 "\\\t€ü';

export class LogFlood {
  readonly #image: string;
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #rounds: number;
  /** That it writes, line ends included. */
  readonly bytes: number;

  private constructor(image: string, lines: readonly string[], rounds: number) {
    this.#image = image;
    this.#indexOf = new Map(lines.map((line, index) => [line, index]));
    this.#rounds = rounds;
    this.bytes = rounds * Buffer.byteLength(lines.join('\n')) + rounds;
  }

  static async prepare(scene: Scene, options: FloodOptions): Promise<LogFlood> {
    const rounds = Math.max(1, Math.round(options.mebibytes / ROUND_MIB));
    const lines = drawLines(options);
    const layer = buildLayer([file('lines', Buffer.from(`${lines.join('\n')}\n`))]);
    const image = await scene.push(`flood-${options.seed}`, { layers: [layer] });
    return new LogFlood(image, lines, rounds);
  }

  /** As whoever pulls it from the registry by its address names it. */
  imageAt(registryHost: string): string {
    return this.#image.replace(REGISTRY_NAME, registryHost);
  }

  get events(): number {
    return this.#rounds * this.#indexOf.size;
  }

  container(scene: Scene, options: Record<string, string>): ContainerDefinition {
    const { logConfiguration, ...plain } = scene.container('flood');
    const script =
      `i=0; while [ $i -lt ${this.#rounds} ]; do for bs in ${PIECES.join(' ')}; do ` +
      `[ $i -lt ${this.#rounds} ] || break; dd if=/lines bs=$bs 2>/dev/null; i=$((i+1)); done; done`;
    return {
      ...plain,
      image: this.#image,
      command: ['sh', '-c', script],
      logConfiguration: {
        logDriver: 'awslogs',
        options: { ...logConfiguration?.options, ...options },
      },
    };
  }

  /** How many of its lines are in the stream. Throws where one is out of order, twice there or not of it. */
  async delivered(scene: Scene, taskArn: string): Promise<{ events: number; lastIngestion: number }> {
    let events = 0;
    let lastIngestion = 0;
    let position = -1;
    for await (const { message = '', ingestionTime = 0 } of streamEvents(scene, taskArn)) {
      const index = this.#indexOf.get(message);
      if (index === undefined) throw new Error(`not a line: ${message.slice(0, 80)}`);
      const size = this.#indexOf.size;
      const round = Math.floor(position / size) + (index > (position + size) % size || position < 0 ? 0 : 1);
      position = Math.max(0, round) * size + index;
      events += 1;
      lastIngestion = ingestionTime;
    }
    if (position >= this.events) throw new Error('a line is there twice, or lines are out of order');
    return { events, lastIngestion };
  }
}

async function* streamEvents(scene: Scene, taskArn: string) {
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  const stream = { logGroupName: '/test', logStreamName: `it/flood/${taskId}` };
  for (let nextToken: string | undefined; ; ) {
    const page = await scene.neargate.logs.send(
      new GetLogEventsCommand({ ...stream, startFromHead: true, nextToken }),
    );
    yield* page.events ?? [];
    if (page.nextForwardToken === nextToken) return;
    nextToken = page.nextForwardToken;
  }
}

/** The same for the same seed. No line is there twice. */
function drawLines({ seed, lineBytes }: FloodOptions): string[] {
  const lines: string[] = [];
  for (let bytes = 0; bytes < ROUND_MIB * 2 ** 20; ) {
    const draw = createHash('sha256').update(`${seed} ${lines.length}`).digest();
    const length = lineBytes ?? 1 + (draw.readUInt32LE(0) % 2_000);
    const text = Array.from({ length: 64 }, (_, at) => ALPHABET[(draw[at % 32] ?? 0) % ALPHABET.length]).join(
      '',
    );
    const line = `${lines.length} ${text.repeat(Math.ceil(length / 64))}`.slice(0, Math.max(8, length));
    lines.push(line);
    bytes += Buffer.byteLength(line) + 1;
  }
  return lines;
}
