import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gvisorScript, parsePs, withDescendants } from './gvisor.ts';

const flagsOf = (script: string): string => /^exec 'runsc' (.*) "\$@"$/m.exec(script)?.[1] ?? '';

describe("gVisor's script", () => {
  it('keeps to the flags that an old runsc knows', () => {
    const known = [
      '  -oci-seccomp',
      '    \tEnables loading OCI seccomp filters inside the sandbox.',
      '  -platform string',
      '    \tspecifies which platform to use: ptrace (default), kvm. (default "ptrace")',
    ].join('\n');
    assert.equal(
      flagsOf(gvisorScript({ runsc: 'runsc', flags: known, commands: '/c', specLines: '' })),
      '--network=host --platform=ptrace --oci-seccomp',
    );
  });

  it('takes the faster platform where there is one, and has all writes reach the disk', () => {
    const known = [
      '  -host-uds value',
      '    \tcontrols permission to access host Unix-domain sockets. Values: none|open|create|all, default: none',
      '  -overlay2 value',
      '    \twrap mounts with overlayfs. Format is ...',
      '  -platform string',
      '    \tspecifies which platform to use: systrap (default), ptrace, kvm. (default "systrap")',
    ].join('\n');
    assert.equal(
      flagsOf(gvisorScript({ runsc: 'runsc', flags: known, commands: '/c', specLines: '' })),
      '--network=host --platform=systrap --host-uds=create --overlay2=none',
    );
  });
});

describe('the processes of a sandbox', () => {
  const table = [
    'UID       PID       PPID      C         TTY       STIME     TIME      CMD',
    '0         1         0         0         ?         17:04     0s        sh',
    '0         3         0         1         ?         17:04     0s        sh',
    '0         4         3         1         ?         17:04     10ms      a sleep 9',
    '0         2         4         1         ?         17:04     0s        sleep',
    '',
  ].join('\n');

  it('are read from what runsc prints', () => {
    assert.deepEqual(parsePs(table), [
      { pid: 1, parent: 0 },
      { pid: 3, parent: 0 },
      { pid: 4, parent: 3 },
      { pid: 2, parent: 4 },
    ]);
    assert.deepEqual(parsePs(''), []);
  });

  it('are found with all that they started', () => {
    assert.deepEqual(withDescendants(3, parsePs(table)), [3, 4, 2]);
    assert.deepEqual(withDescendants(1, parsePs(table)), [1]);
    assert.deepEqual(withDescendants(9, parsePs(table)), []);
  });
});
