/** Shows what goes on: each step with its time, details below it. Rewrites its line on a terminal, else plain lines. */
import type { Output } from '../command.ts';

const TICK_MS = 100;

export class Stage {
  readonly #out: Output;

  constructor(out: Output) {
    this.#out = out;
  }

  /** A step: its title while it lasts, then what came of it. `work` answers what to show. */
  async step<T>(title: string, work: (tell: (line: string) => void) => Promise<T>): Promise<T> {
    const start = performance.now();
    const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    const told: string[] = [];
    const show = (): void => this.#line(`  … ${title} (${seconds()})`);
    const timer = this.#out.isTerminal ? setInterval(show, TICK_MS) : undefined;
    if (this.#out.isTerminal) show();
    const tell = (line: string): void => {
      if (this.#out.isTerminal) told.push(line);
      else this.#out.write(`      ${line}\n`);
    };
    try {
      if (!this.#out.isTerminal) this.#out.write(`  … ${title}\n`);
      const result = await work(tell);
      this.#end(`  ✔ ${title} (${seconds()})`, told);
      return result;
    } catch (error) {
      this.#end(`  ✘ ${title} (${seconds()})`, told);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  /** Lines of their own. */
  write(text: string): void {
    this.#out.write(text);
  }

  #line(text: string): void {
    this.#out.write(`\r\u001b[K${text.slice(0, this.#out.columns - 1)}`);
  }

  #end(text: string, told: readonly string[]): void {
    if (this.#out.isTerminal) this.#line('');
    this.#out.write(`${text}\n${told.map((line) => `      ${line}\n`).join('')}`);
  }
}
