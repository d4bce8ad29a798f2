/** The kernel's limit on the path of a unix socket, checked before anything is started. */
import { AppError } from '../../domain/errors.ts';

/** sun_path holds 108 bytes, the last of which is NUL. */
const LONGEST = 107;

/** Throws `invalid`, in plain words, when a socket cannot be made at this path. */
export function assertSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= LONGEST) return;
  throw new AppError(
    'invalid',
    `the path of the socket ${path} is ${bytes} bytes long, and Linux allows ${LONGEST}: choose a data directory with a shorter path`,
    { details: { path, bytes, longest: LONGEST } },
  );
}
