/** The images whose pulls are measured: what compresses about as well as programs do, in layers of different sizes. */
import { createCipheriv } from 'node:crypto';
import { buildImage, buildLayer, type BuiltImage } from '../../src/cli/sample-image/image.ts';
import { directory, file } from '../../src/cli/sample-image/tar.ts';

export interface PulledImage {
  readonly name: string;
  /** Compressed, in all. */
  readonly bytes: number;
  readonly layers: number;
  readonly image: BuiltImage;
}

const MIB = 1024 * 1024;
const FILE_BYTES = 512 * 1024;

/** Sizes are of the layers' content in MiB. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'one large layer': [160],
  'many layers': Array.from({ length: 24 }, () => 6),
  'like most': [48, 12, 64, 6, 2, 0.5, 0.1],
};

export function imagesToPull(): PulledImage[] {
  return Object.entries(SHAPES).map(([name, sizes]) => {
    const layers = sizes.map((size, index) => buildLayer(entriesOf(`${name} ${index}`, size * MIB)));
    const image = buildImage({ layers, config: { Cmd: ['/none'] } });
    const bytes = image.blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    return { name, bytes, layers: layers.length, image };
  });
}

function entriesOf(seed: string, bytes: number): ReturnType<typeof file>[] {
  const folder = seed.replaceAll(' ', '-');
  const files = Array.from({ length: Math.ceil(bytes / FILE_BYTES) }, (_, index) => {
    const size = Math.min(FILE_BYTES, bytes - index * FILE_BYTES);
    return file(`${folder}/${index}`, content(`${seed} ${index}`, Math.ceil(size)));
  });
  return [directory(folder), ...files];
}

/** The same bytes each time: half of them noise, half of them repetition, in short runs. */
function content(seed: string, length: number): Buffer {
  const key = Buffer.alloc(32, seed);
  const noise = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
  for (let at = 0; at + 256 <= length; at += 256) noise.copy(noise, at + 128, at, at + 128);
  return noise;
}
