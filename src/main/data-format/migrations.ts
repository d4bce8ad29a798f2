/**
 * All migrations, in order: the first makes format 2 of format 1, and so on. Append only; none is ever changed or taken
 * away, since any of them may still lie before somebody's data.
 */
import { logEventBlocks } from './log-event-blocks.ts';
import type { Migration } from './migration.ts';
import { runtimeDirectory } from './runtime-directory.ts';

export const MIGRATIONS: readonly Migration[] = [runtimeDirectory, logEventBlocks];
