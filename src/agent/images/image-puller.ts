/**
 * What a task's runner asks of image pulls. One pull is one image for one task, carried by the task's own network:
 * resolve the reference, fetch what this machine lacks, unpack it. Made by `createImagePuller`.
 */
import type { Platform } from '../../domain/oci/types.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { StoredImage } from '../../ports/image-store.ts';

export interface PullRequest {
  /** As the task definition has it, e.g. `localhost:5000/web:1`. */
  readonly reference: string;
  readonly assignment: TaskAssignment;
  /** Connects from the task's network namespace. */
  readonly dialer: Dialer;
  readonly platform: Platform;
  /** What the image may take, as it is fetched and unpacked together; left out: as much as there is. */
  readonly roomBytes?: number;
  /** For a private registry. */
  readonly auth?: { readonly username: string; readonly password: string };
}

export interface ImagePuller {
  /**
   * Resolves with the image, unpacked. May be called at once for several containers and tasks; equal pulls share
   * their work. Rejects with an AppError whose `message` is what users read after `CannotPullContainerError: `
   * (Fargate's words, no secrets); kind `aborted` when the signal fired.
   */
  pull(request: PullRequest, signal: AbortSignal): Promise<StoredImage>;
}
