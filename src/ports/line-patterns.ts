/** Regular expressions that come from task definitions: in Go's syntax, as log drivers have it, matched in bounded time. */

/** Whether a line holds a match. The time grows with the line's length alone, whatever the pattern. */
export type LineTest = (line: string) => boolean;

/** What the named groups of the first match in a line hold; undefined without a match. */
export type LineGroups = (line: string) => ReadonlyMap<string, string> | undefined;

export interface LinePatterns {
  /** Rejects with `invalid` for what is no pattern, or one that is too large. */
  compile(pattern: string): Promise<LineTest>;
  /** As `compile`, for what is in the groups `(?P<name>…)`; groups that took no part in the match have no value. */
  compileGroups(pattern: string): Promise<LineGroups>;
}
