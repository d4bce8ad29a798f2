/** The programs that mount, which are beside the program itself (scripts/build.mjs). */
import { dirname, join } from 'node:path';
import type { AgentConfig } from './agent-config.ts';

/** Starts one: an executable and its first arguments. */
export function mountProgram(
  { program }: Pick<AgentConfig, 'program'>,
  name: 'nfs-mount' | 'nested-mount',
): readonly string[] {
  return [process.execPath, join(dirname(program), `${name}.mjs`)];
}
