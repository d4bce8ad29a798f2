/**
 * The first process of a task's shared PID namespace: a static ELF program of two hundred bytes, written here by hand so
 * that nothing has to be compiled or fetched. It reaps whatever is orphaned (SIGCHLD ignored: the kernel does it), waits,
 * and ends with code 0 on SIGTERM. A first process never dies of a signal that it has not asked for, so it blocks
 * SIGTERM and waits for it; a handler would need a way back that x86-64 asks the program for.
 *
 *   file      address    what
 *   0x00      0x400000   ELF header
 *   0x40      0x400040   program headers: the file itself (read, execute), a stack that is not executed
 *   0xb0      0x4000b0   struct sigaction { SIG_IGN, SA_NOCLDWAIT, no restorer, no mask }
 *   0xd0      0x4000d0   sigset_t { SIGTERM }
 *   0xd8      0x4000d8   instructions
 */

export type PauseArchitecture = 'amd64' | 'arm64';

interface Machine {
  /** e_machine of the ELF header. */
  readonly machine: number;
  /** The instructions' bytes in hexadecimal, with what they say. */
  readonly code: readonly (readonly [bytes: string, assembly: string])[];
}

const BASE = 0x400000;
const ELF_HEADER_BYTES = 0x40;
const PROGRAM_HEADER_BYTES = 0x38;
const ACTION_OFFSET = 0xb0;
const SET_OFFSET = 0xd0;
const CODE_OFFSET = 0xd8;
/** Pages are of 64 KiB at most on both architectures. */
const ALIGNMENT = 0x10000;
const EM_X86_64 = 62;
const EM_AARCH64 = 183;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const READ_EXECUTE = 5;
const READ_WRITE = 6;
const SIG_IGN = 1n;
const SA_NOCLDWAIT = 2n;
const SIGTERM = 15n;

const MACHINES: Readonly<Record<PauseArchitecture, Machine>> = {
  amd64: {
    machine: EM_X86_64,
    code: [
      ['b8 0d 00 00 00', 'mov eax, 13               ; rt_sigaction(SIGCHLD, action, NULL, 8)'],
      ['bf 11 00 00 00', 'mov edi, 17'],
      ['be b0 00 40 00', 'mov esi, 0x4000b0'],
      ['31 d2         ', 'xor edx, edx'],
      ['41 ba 08 00 00 00', 'mov r10d, 8            ; a system call changes rax, rcx and r11 only'],
      ['0f 05         ', 'syscall'],
      ['b8 0e 00 00 00', 'mov eax, 14               ; rt_sigprocmask(SIG_BLOCK, set, NULL, 8)'],
      ['31 ff         ', 'xor edi, edi'],
      ['be d0 00 40 00', 'mov esi, 0x4000d0'],
      ['0f 05         ', 'syscall'],
      ['bf d0 00 40 00', 'mov edi, 0x4000d0'],
      ['31 f6         ', 'xor esi, esi'],
      ['b8 80 00 00 00', 'mov eax, 128              ; wait: rt_sigtimedwait(set, NULL, NULL, 8)'],
      ['0f 05         ', 'syscall'],
      ['85 c0         ', 'test eax, eax'],
      ['78 f5         ', 'js wait                   ; interrupted'],
      ['b8 e7 00 00 00', 'mov eax, 231              ; exit_group(0)'],
      ['31 ff         ', 'xor edi, edi'],
      ['0f 05         ', 'syscall'],
    ],
  },
  arm64: {
    machine: EM_AARCH64,
    code: [
      ['20 02 80 d2', 'mov x0, #17                   ; rt_sigaction(SIGCHLD, action, NULL, 8)'],
      ['a1 fe ff 10', 'adr x1, 0x4000b0'],
      ['02 00 80 d2', 'mov x2, #0'],
      ['03 01 80 d2', 'mov x3, #8'],
      ['c8 10 80 d2', 'mov x8, #134'],
      ['01 00 00 d4', 'svc #0                        ; a system call changes x0 only'],
      ['00 00 80 d2', 'mov x0, #0                    ; rt_sigprocmask(SIG_BLOCK, set, NULL, 8)'],
      ['e1 fe ff 10', 'adr x1, 0x4000d0'],
      ['e8 10 80 d2', 'mov x8, #135'],
      ['01 00 00 d4', 'svc #0'],
      ['01 00 80 d2', 'mov x1, #0'],
      ['28 11 80 d2', 'mov x8, #137                  ; rt_sigtimedwait(set, NULL, NULL, 8)'],
      ['40 fe ff 10', 'adr x0, 0x4000d0              ; wait:'],
      ['01 00 00 d4', 'svc #0'],
      ['c0 ff ff b7', 'tbnz x0, #63, wait            ; interrupted'],
      ['00 00 80 d2', 'mov x0, #0                    ; exit_group(0)'],
      ['c8 0b 80 d2', 'mov x8, #94'],
      ['01 00 00 d4', 'svc #0'],
    ],
  },
};

/** The bytes of the program, an executable file. */
export function pauseProgram(architecture: PauseArchitecture): Uint8Array {
  const { machine, code } = MACHINES[architecture];
  const instructions = code.flatMap(([bytes]) =>
    bytes
      .trim()
      .split(' ')
      .map((byte) => parseInt(byte, 16)),
  );
  const file = new Uint8Array(CODE_OFFSET + instructions.length);
  const view = new DataView(file.buffer);
  writeElfHeader(view, machine);
  writeProgramHeader(view, ELF_HEADER_BYTES, {
    type: PT_LOAD,
    flags: READ_EXECUTE,
    address: BASE,
    size: file.length,
    alignment: ALIGNMENT,
  });
  writeProgramHeader(view, ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES, {
    type: PT_GNU_STACK,
    flags: READ_WRITE,
    address: 0,
    size: 0,
    alignment: 16,
  });
  view.setBigUint64(ACTION_OFFSET, SIG_IGN, true);
  view.setBigUint64(ACTION_OFFSET + 8, SA_NOCLDWAIT, true);
  view.setBigUint64(SET_OFFSET, 1n << (SIGTERM - 1n), true);
  file.set(instructions, CODE_OFFSET);
  return file;
}

/** Of a 64-bit little-endian executable for Linux. */
function writeElfHeader(view: DataView, machine: number): void {
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((byte, at) => view.setUint8(at, byte));
  view.setUint16(0x10, 2, true);
  view.setUint16(0x12, machine, true);
  view.setUint32(0x14, 1, true);
  view.setBigUint64(0x18, BigInt(BASE + CODE_OFFSET), true);
  view.setBigUint64(0x20, BigInt(ELF_HEADER_BYTES), true);
  view.setUint16(0x34, ELF_HEADER_BYTES, true);
  view.setUint16(0x36, PROGRAM_HEADER_BYTES, true);
  view.setUint16(0x38, 2, true);
  view.setUint16(0x3a, ELF_HEADER_BYTES, true);
}

interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly size: number;
  readonly alignment: number;
}

/** Of a segment that begins where the file does. */
function writeProgramHeader(view: DataView, at: number, header: ProgramHeader): void {
  const { type, flags, address, size, alignment } = header;
  view.setUint32(at, type, true);
  view.setUint32(at + 4, flags, true);
  [0, address, address, size, size, alignment].forEach((value, index) => {
    view.setBigUint64(at + 8 + 8 * index, BigInt(value), true);
  });
}
