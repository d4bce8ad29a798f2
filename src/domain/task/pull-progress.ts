/** How far the pull of one image is. Passes on to who watches; never recorded. */
export interface PullProgress {
  /** Layers are unpacked while others are fetched: `unpacking` once all have been fetched. */
  readonly phase: 'downloading' | 'unpacking' | 'done';
  readonly layersDone: number;
  readonly layersUnpacked: number;
  /** 0 while the manifest is not known. */
  readonly layersTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** The pull of an image that a task waits for. */
export interface ImagePull {
  readonly taskArn: string;
  /** As the task definition has it. */
  readonly image: string;
  readonly progress: PullProgress;
}
