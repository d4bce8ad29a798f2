/** The commands, in the order of the help text. */
import type { CommandEntry } from './command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'start Neargate and stay in the foreground',
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'down',
    summary: 'stop Neargate; with --tasks also its tasks',
    load: async () => (await import('./commands/down.ts')).down,
  },
  {
    name: 'ps',
    summary: 'list tasks',
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  {
    name: 'logs',
    summary: "show a task's logs",
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'demo',
    summary: 'run a sample task from beginning to end, and remove everything',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'doctor',
    summary: 'say what this machine has and lacks',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'setup',
    summary: 'install the Debian packages that it needs',
    load: async () => (await import('./commands/setup.ts')).setup,
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    name: 'agent',
    summary: 'run tasks for a control plane (started by up)',
    hidden: true,
    load: async () => (await import('./commands/agent.ts')).agent,
  },
];
