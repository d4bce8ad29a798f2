/** The machine itself: QEMU with a serial console, without a network, over drives that stay as they are. */
import { join } from 'node:path';
import { start } from '../processes.mjs';
import { UNIT } from './system-image.mjs';

const KERNEL_OPTIONS = [
  ...['console=ttyS0', 'quiet', 'loglevel=4', 'panic=-1', 'mitigations=off'],
  // Nobody is there to be asked, and nothing else is to be started.
  ...[`systemd.unit=${UNIT}`, 'systemd.firstboot=off', 'systemd.show_status=false'],
];
const PROBE_MS = 15_000;
const LAST_LINE = /^neargate-vm: exit (\d+)\s*$/m;

/**
 * Boots it, prints its console and waits until it is switched off. The exit code of its commands; an Error when it
 * ended without having told one.
 */
export async function runMachine({ system, project, memory, signal }) {
  const accelerator = (await canUseKvm(system)) ? 'kvm' : 'tcg';
  console.log(`Booting it with ${accelerator === 'kvm' ? 'KVM' : "QEMU's software emulation"} …`);
  const drives = [join(system, 'drive'), project].flatMap((file) => [
    '-drive',
    // What is written goes to a file that has no name any more.
    `file=${file},if=virtio,format=raw,cache=unsafe,snapshot=on`,
  ]);
  let tail = '';
  await start('qemu-system-x86_64', [...options(system, { accelerator, memory }), ...drives], {
    signal,
    onOutput: (text) => {
      process.stdout.write(text);
      tail = (tail + text).slice(-4096);
    },
  });
  const told = LAST_LINE.exec(tail.replaceAll('\r', ''));
  if (told === null) throw new Error('the machine went down before its commands ended');
  return Number(told[1]);
}

/** Whether a kernel gets as far as a program under KVM: there are machines where it exists and does not work. */
async function canUseKvm(system) {
  let console_ = '';
  const args = [
    ...options(system, { accelerator: 'kvm', memory: '512M' }, 'neargate.probe'),
    '-msg',
    'timestamp=off',
  ];
  const signal = AbortSignal.timeout(PROBE_MS);
  await start('sh', ['-c', 'exec "$@" 2> /dev/null', 'sh', 'qemu-system-x86_64', ...args], {
    signal,
    mayFail: true,
    onOutput: (text) => {
      console_ += text;
    },
  }).catch(() => undefined);
  return console_.includes('neargate-vm: alive');
}

function options(system, { accelerator, memory }, ...append) {
  const acceleration =
    accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max'];
  return [
    ...['-M', 'q35', ...acceleration, '-smp', '2', '-m', memory],
    ...[
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-display',
      'none',
      '-monitor',
      'none',
      '-serial',
      'stdio',
    ],
    ...['-nic', 'none'],
    ...['-kernel', join(system, 'kernel'), '-initrd', join(system, 'initramfs')],
    ...['-append', [...KERNEL_OPTIONS, ...append].join(' ')],
  ];
}
