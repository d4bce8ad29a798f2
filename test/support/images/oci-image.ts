/** Images for tests: what the sample image's builder offers, and short forms for the usual cases. */
import {
  buildImage,
  buildLayer,
  type BuiltImage,
  type ImageSpec,
} from '../../../src/cli/sample-image/image.ts';
import { pushImage, type PushTarget } from '../../../src/cli/sample-image/push.ts';
import { file } from '../../../src/cli/sample-image/tar.ts';

/** An image of one small layer a file; the path is its content unless content is given. */
export function anImage(
  files: Record<string, string | Buffer> = { hello: 'hello' },
  spec: Partial<ImageSpec> = {},
): BuiltImage {
  const format = spec.format ?? 'oci';
  const layers = Object.entries(files).map(([path, content]) =>
    buildLayer([file(path, content)], { format }),
  );
  return buildImage({ layers, format, config: { Cmd: ['/hello'] }, ...spec });
}

/** Builds `anImage` and pushes it. */
export async function pushAnImage(target: PushTarget, files?: Record<string, string>): Promise<BuiltImage> {
  const image = anImage(files);
  await pushImage(image, target);
  return image;
}
