/** The settings of the private containerd, as its config.toml. */

export interface ContainerdPaths {
  /** 0700; everything below lies in it. */
  readonly directory: string;
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  /** Where shims send their events; containerd derives it from `socket`. */
  readonly ttrpcSocket: string;
  readonly config: string;
  readonly log: string;
  readonly pidFile: string;
  /** Specs with secret values (HiddenSpecs). */
  readonly specs: string;
}

/**
 * Parts of containerd that Neargate does not use: Kubernetes' CRI, old runtimes, snapshotters that need other file
 * systems (each probes the disk at start), tracing, the restart monitor. Names that a version does not know are ignored by it.
 */
const DISABLED_PLUGINS = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.runtime-restart.v1.restart',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.native',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
];

/** Where things lie in the directory of a private containerd. Short names: socket paths are limited. */
export function containerdPaths(directory: string): ContainerdPaths {
  const socket = `${directory}/c.sock`;
  return {
    directory,
    root: `${directory}/root`,
    state: `${directory}/state`,
    socket,
    ttrpcSocket: `${socket}.ttrpc`,
    config: `${directory}/config.toml`,
    log: `${directory}/containerd.log`,
    pidFile: `${directory}/containerd.pid`,
    specs: `${directory}/specs`,
  };
}

/** The text of config.toml. */
export function containerdConfig(paths: ContainerdPaths): string {
  return [
    'version = 2',
    `root = ${toml(paths.root)}`,
    `state = ${toml(paths.state)}`,
    'oom_score = 0',
    `disabled_plugins = [${DISABLED_PLUGINS.map(toml).join(', ')}]`,
    '',
    '[grpc]',
    `  address = ${toml(paths.socket)}`,
    '  uid = 0',
    '  gid = 0',
    '',
    '[ttrpc]',
    `  address = ${toml(paths.ttrpcSocket)}`,
    '',
    '[debug]',
    '  level = "warn"',
    '',
  ].join('\n');
}

function toml(text: string): string {
  return JSON.stringify(text);
}
