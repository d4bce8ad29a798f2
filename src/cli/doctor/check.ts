/** A look at one thing that Neargate needs of its host, and what it found. */
import type { CommandSettings } from '../command.ts';
import type { HostView } from './host-view.ts';

export interface Finding {
  /** `ok`; `missing`: tasks cannot run; `note`: something works less well, or only some feature is without it. */
  readonly state: 'ok' | 'missing' | 'note';
  /** What was found. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface Check {
  readonly name: string;
  look(host: HostView, settings: CommandSettings): Promise<Finding>;
}

export function ok(found: string): Finding {
  return { state: 'ok', found };
}

export function missing(found: string, advice: string): Finding {
  return { state: 'missing', found, advice };
}

export function note(found: string, advice: string): Finding {
  return { state: 'note', found, advice };
}
