/**
 * What a hostile container tries, as data: each attempt is a row of docs/security.md and a test by its name. Its tries
 * are expressions of Perl, which hostile-program.ts makes one program of.
 */
import type { Runtime } from '../neargate/runtimes.ts';

export interface Attempt {
  /** What is tried, as the title of a test. */
  readonly name: string;
  /**
   * By what is tried: an expression whose value is `done` when it has worked, else the error's words. The functions
   * that they use are in hostile-program.ts.
   */
  readonly tries: Readonly<Record<string, string>>;
  /** The answers that a try may get; any other one is a hole, or a test that tries nothing any more. */
  readonly refused: readonly string[];
  /** What is otherwise in a sandbox: further answers, and tries that do work, on the sandbox's own kernel and nothing else. */
  readonly sandbox?: { readonly refused?: readonly string[]; readonly allowed?: readonly string[] };
}

/** The tries that were not refused as they should be, with their answers. */
export function holes(
  { refused, sandbox = {} }: Attempt,
  runtime: Runtime,
  answers: ReadonlyMap<string, string>,
): (readonly [what: string, answer: string])[] {
  const { refused: further = [], allowed = [] } = runtime === 'gvisor' ? sandbox : {};
  return [...answers].filter(
    ([what, answer]) =>
      ![...refused, ...further].includes(answer) && !(allowed.includes(what) && answer === DONE),
  );
}

/** Of the program: it has worked. */
export const DONE = 'done';
/** Errors in the C library's words. */
export const NOT_PERMITTED = 'Operation not permitted';
export const DENIED = 'Permission denied';
export const READ_ONLY = 'Read-only file system';
export const MISSING = 'No such file or directory';
export const NOT_THERE = 'Function not implemented';
export const CONNECTION_REFUSED = 'Connection refused';
export const NO_DEVICE = 'No such device or address';
/** Of the program: a file that can be opened and has nothing in it, as what hides one has not. */
export const EMPTY = 'empty';
/** Of the program: it looked for something in what it can read, and there was none of it. */
export const NOT_FOUND = 'not found';
