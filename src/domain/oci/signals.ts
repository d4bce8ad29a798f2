/** Linux signals by name, as an image's STOPSIGNAL gives them. */

export const SIGKILL = 9;
export const SIGTERM = 15;

const NAMES = [
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'USR1',
  'SEGV',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'STKFLT',
  'CHLD',
  'CONT',
  'STOP',
  'TSTP',
  'TTIN',
  'TTOU',
  'URG',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'IO',
  'PWR',
  'SYS',
] as const;

const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`; SIGTERM for what is no signal. */
export function parseSignal(text: string | undefined): number {
  const name = (text ?? '').trim().toUpperCase().replace(/^SIG/, '');
  if (/^\d+$/.test(name)) return clampSignal(Number(name));
  const index = NAMES.findIndex((known) => known === name);
  if (index >= 0) return index + 1;
  const realTime = /^RTM(IN|AX)(?:([+-])(\d+))?$/.exec(name);
  if (realTime === null) return SIGTERM;
  const offset = Number(realTime[3] ?? 0) * (realTime[2] === '-' ? -1 : 1);
  return clampSignal((realTime[1] === 'IN' ? SIGRTMIN : SIGRTMAX) + offset);
}

function clampSignal(signal: number): number {
  return signal >= 1 && signal <= SIGRTMAX ? signal : SIGTERM;
}
