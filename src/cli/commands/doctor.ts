import type { Command, CommandSettings } from '../command.ts';
import type { Check, Finding } from '../doctor/check.ts';
import { hostChecks } from '../doctor/host-checks.ts';
import { type HostView, thisHost } from '../doctor/host-view.ts';
import { kernelChecks } from '../doctor/kernel-checks.ts';
import { networkChecks } from '../doctor/network-checks.ts';
import { containerdCheck, programChecks } from '../doctor/program-checks.ts';
import { formatTable } from '../table.ts';

const WORDS = { ok: 'ok', missing: 'MISSING', note: 'note' } as const;

/** `neargate doctor` */
export const doctor: Command = {
  description:
    'Says what this machine has and lacks for running tasks, and what to do about it. Changes nothing. ' +
    'Exit status 1 when something is missing without which tasks cannot run.',
  flags: [{ name: 'json', kind: 'switch', doc: 'As JSON.' }],
  settings: 'all',
  examples: [
    { command: 'sudo neargate doctor', does: 'look at this machine' },
    { command: 'sudo neargate doctor --vpc-cidr 10.99.0.0/16', does: 'would that range do?' },
  ],
  async run({ program, flags, out }) {
    const findings = await examine(thisHost, program.settings(flags));
    const lacking = findings.filter(({ state }) => state === 'missing').length;
    if (flags['json'] === true) out.write(`${JSON.stringify(findings, undefined, 2)}\n`);
    else out.write(report(findings, lacking));
    return lacking === 0 ? 0 : 1;
  },
};

export type NamedFinding = Finding & { readonly name: string };

export async function examine(host: HostView, settings: CommandSettings): Promise<NamedFinding[]> {
  const checks: readonly Check[] = [
    ...hostChecks,
    containerdCheck,
    ...programChecks,
    ...kernelChecks,
    ...networkChecks,
  ];
  return Promise.all(
    checks.map(async (check) => ({ name: check.name, ...(await check.look(host, settings)) })),
  );
}

export function report(findings: readonly NamedFinding[], lacking: number): string {
  const rows = findings.flatMap(({ name, state, found, advice }) => [
    [WORDS[state], name, found],
    ...(advice === undefined ? [] : [['', '', `-> ${advice}`]]),
  ]);
  const end =
    lacking === 0
      ? 'Tasks can run here.'
      : `${lacking === 1 ? 'One thing is' : `${lacking} things are`} missing; tasks cannot run here yet.`;
  return `${formatTable(rows)}\n${end}\n`;
}
