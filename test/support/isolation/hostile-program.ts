/**
 * The program of a hostile image: Debian's Perl, which calls the kernel without a library between, and a script that makes
 * every try in a process of its own and prints a line for each: attempt, try and answer, with tabs between.
 */
import type { BuiltLayer } from '../../../src/cli/sample-image/image.ts';
import { programLayer } from '../images/program-layer.ts';
import type { Attempt } from './attempt.ts';

export const PERL = '/usr/bin/perl';

/** Numbers of system calls: x86-64, arm64. One that an architecture does not have is not tried there. */
const NUMBERS: Readonly<Record<string, readonly [number, number?]>> = {
  ...{
    acct: [163, 89],
    add_key: [248, 217],
    adjtimex: [159, 171],
    bpf: [321, 280],
    clock_adjtime: [305, 266],
  },
  ...{ clock_settime: [227, 112], clone: [56, 220], clone3: [435, 435], delete_module: [176, 106] },
  ...{ fanotify_init: [300, 262], finit_module: [313, 273], fsmount: [432, 432], fsopen: [430, 430] },
  ...{ fspick: [433, 433], init_module: [175, 105], io_uring_setup: [425, 425], ioperm: [173], iopl: [172] },
  ...{ kcmp: [312, 272], kexec_file_load: [320, 294], kexec_load: [246, 104], keyctl: [250, 219] },
  ...{ lookup_dcookie: [212, 18], mbind: [237, 235], migrate_pages: [256, 238], mknodat: [259, 33] },
  ...{ mount: [165, 40], mount_setattr: [442, 442], move_mount: [429, 429], move_pages: [279, 239] },
  ...{ open_by_handle_at: [304, 265], open_tree: [428, 428], perf_event_open: [298, 241] },
  ...{ personality: [135, 92], pidfd_getfd: [438, 438], pivot_root: [155, 41], process_madvise: [440, 440] },
  ...{ process_vm_readv: [310, 270], process_vm_writev: [311, 271], ptrace: [101, 117], quotactl: [179, 60] },
  ...{ reboot: [169, 142], request_key: [249, 218], setdomainname: [171, 162], sethostname: [170, 161] },
  ...{ setns: [308, 268], settimeofday: [164, 170], swapoff: [168, 225], swapon: [167, 224] },
  ...{
    syslog: [103, 116],
    umount2: [166, 39],
    unshare: [272, 97],
    userfaultfd: [323, 282],
    vhangup: [153, 58],
  },
};

const FUNCTIONS = String.raw`
$| = 1;
$, = "\t";
$\ = "\n";
# Arguments are copied: the kernel is given their addresses.
sub sys { my ($name, @given) = @_; $! = 0; my $answer = syscall($number{$name}, @given); return $answer == -1 ? "$!" : "done" }
sub opens { my ($mode, $path) = @_; return open(my $file, $mode, $path) ? "done" : "$!" }
# What can be read: a file's first bytes, a directory's names.
sub reads {
  my ($path) = @_;
  if (-d $path) {
    opendir(my $directory, $path) or return "$!";
    return (grep { !/^\.\.?$/ } readdir $directory) ? "done" : "empty";
  }
  open(my $file, "<", $path) or return "$!";
  my $count = sysread($file, my $bytes, 512);
  return defined $count ? ($count > 0 ? "done" : "empty") : "$!";
}
# What lies in a directory, by path.
sub names { my ($path) = @_; opendir(my $directory, $path) or return (); return map { "$path/$_" } grep { !/^\.\.?$/ } readdir $directory }
# The first of several files that there is, else the last.
sub first { for my $path (@_) { return $path if -e $path } return $_[-1] }
# All that can be read of a few files.
sub text { my $all = ""; for my $path (@_) { open(my $file, "<", $path) or next; local $/; $all .= <$file> } return $all }
sub finds { my ($pattern, $text) = @_; return $text =~ $pattern ? "done" : "not found" }
sub device { my ($major, $minor) = @_; return ($minor & 0xff) | ($major << 8) | (($minor & ~0xff) << 12) }
# Makes a device and opens it.
sub uses {
  my ($path, $kind, $major, $minor) = @_;
  unlink $path;
  my $made = sys("mknodat", -100, $path, $kind | 0666, device($major, $minor));
  return $made if $made ne "done";
  my $opened = opens("+<", $path);
  unlink $path;
  return $opened;
}
sub connects {
  my ($path) = @_;
  socket(my $socket, 1, 1, 0) or return "$!";
  return connect($socket, pack("S a*", 1, $path)) ? "done" : "$!";
}
# An ioctl of the network interface: its name, then what is given.
sub interface {
  my ($request, $given) = @_;
  socket(my $socket, 2, 2, 0) or return "$!";
  my $structure = pack("a16 a104", "eth1", $given);
  return ioctl($socket, $request, $structure) ? "done" : "$!";
}
# A network interface by a tunnel: opening one may be allowed, making it is not.
sub tunnel {
  my ($kind) = @_;
  my $made = sys("mknodat", -100, "/tmp/tunnel", $kind | 0666, device(10, 200));
  return $made if $made ne "done";
  open(my $tunnel, "+<", "/tmp/tunnel") or return "$!";
  my $request = pack("a16 S x22", "tun0", 1);
  return ioctl($tunnel, 0x400454ca, $request) ? "done" : "$!";
}
sub try {
  my ($attempt, $what, $work) = @_;
  my $pid = open(my $answer, "-|");
  if ($pid == 0) { alarm 60; print $work->(); exit 0 }
  my $line = <$answer>;
  close $answer;
  chomp $line;
  print $attempt, $what, $? & 127 ? "ended by signal " . ($? & 127) : $line;
}
`;

/** Perl and nothing else: what needs a module (a glob, say) cannot be used. */
export function perlLayer(): Promise<BuiltLayer> {
  return programLayer(PERL);
}

/** The script; `values` are variables that the tries may use. */
export function hostileScript(
  attempts: readonly Attempt[],
  values: Readonly<Record<string, string>>,
  architecture: string = process.arch,
): string {
  const at = architecture === 'arm64' ? 1 : 0;
  const numbers = Object.entries(NUMBERS).flatMap(([name, number]) =>
    number[at] === undefined ? [] : [`${name} => ${number[at]}`],
  );
  const isKnown = (expression: string): boolean =>
    [...expression.matchAll(/\bsys\('(\w+)'/g)].every(
      ([, name]) => NUMBERS[name as string]?.[at] !== undefined,
    );
  return [
    FUNCTIONS,
    `%number = (${numbers.join(', ')});`,
    ...Object.entries(values).map(([name, value]) => `$${name} = ${quoted(value)};`),
    ...attempts.flatMap(({ name, tries }) =>
      Object.entries(tries)
        .filter(([, expression]) => isKnown(expression))
        .map(([what, expression]) => `try(${quoted(name)}, ${quoted(what)}, sub { ${expression} });`),
    ),
    'print "end";',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** Answers by attempt and try, from the lines that the program printed. */
export function answersOf(lines: readonly string[]): Map<string, Map<string, string>> {
  const answers = new Map<string, Map<string, string>>();
  for (const [attempt = '', what = '', answer = ''] of lines.map((line) => line.split('\t'))) {
    const tries = answers.get(attempt) ?? new Map<string, string>();
    answers.set(attempt, tries.set(what, answer));
  }
  return answers;
}
