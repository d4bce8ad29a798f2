/**
 * Mounts of which others may change where they come to lie: those inside a volume of their container, to which other
 * containers may write, and all binds of a container that is started again. A link put there between the look and the mount
 * of the runtime (runc 1.1 at least) makes it write where the link leads on the machine. So they are made by a program of
 * our own, as a hook: when the runtime has made the other mounts and /dev, before it changes into the root.
 */
import type { Hook, Mount, RuntimeSpec } from '../../../domain/oci/types.ts';

/** A volume may lie on a file server that does not answer. */
const TIMEOUT_S = 30;

/** The spec with these mounts by the hook alone, in their order. `program`: an executable and its first arguments. */
export function withMountHook(
  spec: RuntimeSpec,
  mounts: readonly Mount[],
  program: readonly string[],
): RuntimeSpec {
  const { hooks: _, ...rest } = spec;
  if (mounts.length === 0) return rest;
  const [path = ''] = program;
  const args = [...program, JSON.stringify(mounts)];
  const hook: Hook = { path, args, env: [], timeout: TIMEOUT_S };
  return { ...rest, hooks: { createRuntime: [hook] } };
}

/** The mounts that the hook of a spec makes. */
export function mountsByHook({ hooks }: RuntimeSpec): readonly Mount[] {
  return JSON.parse(hooks?.createRuntime[0]?.args.at(-1) ?? '[]') as Mount[];
}

/** What the program says when it fails, out of the runtime's words around it; undefined for other failures. */
export function mountHookFailure(message: string): string | undefined {
  return /error running hook.* stderr: (cannot mount at .*?)(?:\n|: unknown|$)/s.exec(message)?.[1];
}
