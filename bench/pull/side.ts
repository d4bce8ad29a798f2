/** Something that pulls images, as the benchmark sees it. */
export interface PullSide {
  readonly name: string;
  /** What was measured, in one line. */
  readonly what: string;
  /** Pulls and unpacks; resolves when containers could run from it. */
  pull(reference: string): Promise<void>;
  /** Removes the image with all that is only its own. */
  forget(reference: string): Promise<void>;
  close(): Promise<void>;
}
