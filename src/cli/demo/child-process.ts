/** A program that the demo starts and ends. It is out of reach of the terminal's Ctrl-C, which goes to the demo. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CommandError } from '../command.ts';

const TAIL_BYTES = 4000;
const GRACE_MS = 8000;

export class DemoProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  constructor(name: string, command: readonly string[]) {
    this.#name = name;
    // It ends with the demo, also when that is killed.
    this.#child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-TAIL_BYTES);
      });
    }
    // An error (no such program) ends it too.
    this.#exited = once(this.#child, 'exit').catch((error: Error) => {
      this.#output += error.message;
    });
  }

  /** Resolves with what `work` does, fails when the process ends before. */
  async during<T>(work: Promise<T>): Promise<T> {
    const ended = this.#exited.then(() => {
      throw new CommandError(`${this.#name} has ended by itself:\n${this.#output.trim()}`);
    });
    return Promise.race([work, ended]);
  }

  /** SIGTERM, and SIGKILL when that is not enough. May be repeated. */
  async end(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.#exited;
    clearTimeout(timer);
  }
}
