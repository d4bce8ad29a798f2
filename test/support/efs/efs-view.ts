/** Somebody's view of a file system: what is done in it, and how it comes out, in the same words for each way there. */

export type Operation =
  | readonly [name: 'stat' | 'read' | 'list' | 'remove', path: string]
  | readonly [name: 'write', path: string, content: string]
  | readonly [name: 'mkdir' | 'chmod', path: string, mode: string]
  | readonly [name: 'rename', from: string, to: string]
  | readonly [name: 'chown', path: string, uid: number, gid: number];

export interface EfsView {
  /**
   * Resolves with `ok`, with what was read, with names separated by spaces, or with `<uid> <gid> <mode>`. Rejects
   * with an error whose `code` is the name of an errno.
   */
  act(user: number, operation: Operation): Promise<string>;
}

/** The outcome as a table has it. */
export async function perform(
  view: EfsView | undefined,
  user: number,
  operation: Operation,
): Promise<string> {
  if (view === undefined) throw new Error('nobody has this view');
  try {
    return await view.act(user, operation);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return code;
    throw error;
  }
}
