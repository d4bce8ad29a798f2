/** Reads the settings of this process. The only place that looks at the environment. */
import { homedir } from 'node:os';
import { type Flags, loadSettings } from './config/load-settings.ts';
import type { Settings } from './config/settings.ts';

/** Everything a program is told, frozen. Parts get what they need of it, never the whole by import. */
export interface Config extends Settings {
  /** The program that runs, for starting it again as an agent. */
  readonly program: string;
}

/** Throws SettingsError with words for people. `flags` are by their names on the command line, without dashes. */
export function loadConfig(flags: Flags): Config {
  const host = {
    isRoot: process.getuid?.() === 0,
    home: homedir(),
    hasTerminal: process.stderr.isTTY === true,
  };
  return Object.freeze({ ...loadSettings(flags, process.env, host), program: process.argv[1] ?? '' });
}

/**
 * The socket of the service manager (systemd) that started this process; undefined when none did. Taken out of the
 * environment: programs that this one starts, containerd among them, would speak there too.
 */
export function takeNotifySocket(): string | undefined {
  const { NOTIFY_SOCKET: socket } = process.env;
  delete process.env['NOTIFY_SOCKET'];
  return socket || undefined;
}
