/** The OCI image format and runtime spec, as far as Neargate reads and writes them. Names are the specs' own. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
  platform?: Platform;
  urls?: string[];
}
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}
export interface ImageManifest {
  schemaVersion: number;
  mediaType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}
export interface ImageIndex {
  schemaVersion: number;
  mediaType?: string;
  manifests: Descriptor[];
}
/** The `config` member of an image's configuration, with Docker's member names. */
export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, unknown>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, unknown> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
}
export interface ImageConfig {
  architecture: string;
  os: string;
  variant?: string;
  config?: ImageRunConfig;
  rootfs: { type: string; diff_ids: string[] };
}
export interface Mount {
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
}
/** A bigint where no number holds it: `unlimited` (rlimits.ts). */
export interface Rlimit {
  type: string;
  hard: number | bigint;
  soft: number | bigint;
}
/** A program of the machine, run by the runtime as root; `timeout` in seconds. */
export interface Hook {
  path: string;
  args: string[];
  env: string[];
  timeout: number;
}
/** OCI runtime spec 1.0.2. As text: spec-json.ts. */
export interface RuntimeSpec {
  ociVersion: string;
  hostname?: string;
  root: { path: string; readonly: boolean };
  process: {
    terminal: boolean;
    user: { uid: number; gid: number; additionalGids?: number[]; umask?: number };
    args: string[];
    env: string[];
    cwd: string;
    capabilities: Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', string[]>;
    rlimits: Rlimit[];
    noNewPrivileges: boolean;
    oomScoreAdj?: number;
  };
  mounts: Mount[];
  hooks?: { createRuntime: Hook[] };
  annotations?: Record<string, string>;
  linux: {
    cgroupsPath: string;
    namespaces: { type: string; path?: string }[];
    resources: Record<string, unknown>;
    seccomp?: unknown;
    maskedPaths: string[];
    readonlyPaths: string[];
    sysctl?: Record<string, string>;
  };
}
