/** Regular expressions of a query, which are compiled once all of it has been read. */
export interface RegexSlot {
  readonly pattern: string;
  readonly from: number;
  test: (text: string) => boolean;
}

/** One of `parse`: the values of its named groups are wanted. */
export interface GroupsSlot {
  /** With names of its own for the groups. */
  readonly pattern: string;
  /** As it stands in the query. */
  readonly written: string;
  readonly from: number;
  match: (text: string) => ReadonlyMap<string, string> | undefined;
}
