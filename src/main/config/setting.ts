/** What a setting is. */
import type { Kind } from './kinds.ts';

/** What a default may depend on. */
export interface Host {
  readonly isRoot: boolean;
  readonly home: string;
  readonly hasTerminal: boolean;
}

export interface Setting<T> {
  readonly kind: Kind<T>;
  /** As a person would write it; undefined: the setting is optional. */
  readonly fallback: (host: Host) => unknown;
  /** The default in words. */
  readonly fallbackWords: string;
  readonly doc: string;
}

interface SettingWords {
  readonly fallback?: string | number | boolean | readonly [];
  /** In place of `fallback`, where it depends on the host; `fallbackWords` then says it. */
  readonly fallbackOn?: (host: Host) => unknown;
  readonly fallbackWords?: string;
  readonly doc: string;
}

/** A setting with its default: `fallback`, or what `fallbackOn` makes of the host. */
export function setting<T>(kind: Kind<T>, words: SettingWords): Setting<T> {
  const { doc, fallback, fallbackOn = () => fallback, fallbackWords = showDefault(fallback) } = words;
  return { kind, fallback: fallbackOn, fallbackWords, doc };
}

function showDefault(value: SettingWords['fallback']): string {
  return value === undefined || typeof value === 'object' ? 'none' : `\`${value}\``;
}
