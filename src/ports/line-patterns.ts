/** Regular expressions that come from task definitions: in Go's syntax, as log drivers have it, matched in bounded time. */

/** Whether a line holds a match. The time grows with the line's length alone, whatever the pattern. */
export type LineTest = (line: string) => boolean;

export interface LinePatterns {
  /** Rejects with `invalid` for what is no pattern, or one that is too large. */
  compile(pattern: string): Promise<LineTest>;
}
