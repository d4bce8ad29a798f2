/**
 * Log events may be stored as blocks (wire/logs/event-block.ts), which the release before cannot read. What is there is
 * read as before, so nothing is changed but the number.
 */
import type { Migration } from './migration.ts';

export const logEventBlocks: Migration = {
  what: 'log events may stand in blocks',
  changes: [],
  run: () => Promise.resolve(),
};
