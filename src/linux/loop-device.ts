/**
 * Loop devices. They are made with autoclear: a device lets go of its file when the last one who has it open (a
 * mount, or the caller) is gone, so a crash between two steps leaves none behind.
 */
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import koffi from 'koffi';
import { AppError } from '../domain/errors.ts';
import { errnoError, hasErrno, nodeError } from './errno.ts';
import { C, call, callOffThread } from './libc.ts';

const LOOP_CTL_ADD = 0x4c80;
const ANY_NUMBER = -1;
const LOOP_CONFIGURE = 0x4c0a;
const LOOP_GET_STATUS64 = 0x4c05;
const LO_FLAGS_AUTOCLEAR = 4;
const LO_FLAGS_DIRECT_IO = 16;
const LOOP_MAJOR = 7;
const S_IFBLK = 0o60000;
/** `struct loop_config`: file, block size, then `struct loop_info64` and eight reserved words. */
const CONFIG_BYTES = 8 + 232 + 64;
const INFO_OFFSET = 8;
const INFO_BYTES = 232;
const INFO_FLAGS = 52;
const INFO_NAME = 56;
const NAME_BYTES = 64;
/** Another process may take the free device between the look and the act. */
const ATTEMPTS = 64;

export interface LoopDevice {
  readonly path: string;
  /** Held open until the file system is mounted. */
  readonly handle: FileHandle;
}

export interface BlockCounters {
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Finds free loop devices, without two callers running after the same one. */
export class LoopDevices {
  /** Free when they were last looked at; another process may have taken one since. */
  #free: number[] = [];
  readonly #inUse = new Set<number>();

  /**
   * Attaches an open file to a free loop device. `directIo` is a wish: the kernel falls back where the file's own
   * file system cannot. A device keeps its counters from its earlier users: what they were is noted in its name.
   */
  async attach(file: FileHandle, directIo: boolean): Promise<LoopDevice> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const number = this.#next() ?? (await addDevice());
      this.#inUse.add(number);
      try {
        const device = await configure(number, file, directIo);
        if (device !== undefined) return device;
      } finally {
        this.#inUse.delete(number);
      }
    }
    throw new AppError('unavailable', 'no free loop device');
  }

  #next(): number | undefined {
    if (this.#free.length === 0) this.#free = freeDevices().filter((number) => !this.#inUse.has(number));
    return this.#free.shift();
  }
}

function freeDevices(): number[] {
  return readdirSync('/sys/block')
    .map((name) => Number(/^loop(\d+)$/.exec(name)?.[1]))
    .filter((number) => !Number.isNaN(number) && !existsSync(`/sys/block/loop${number}/loop/backing_file`))
    .sort((one, other) => one - other);
}

async function addDevice(): Promise<number> {
  const control = await open('/dev/loop-control', 'r+');
  try {
    return await callOffThread('ioctlNumber', 'LOOP_CTL_ADD', control.fd, LOOP_CTL_ADD, ANY_NUMBER);
  } finally {
    await control.close();
  }
}

/** Undefined when somebody else has taken the device. */
async function configure(
  number: number,
  file: FileHandle,
  directIo: boolean,
): Promise<LoopDevice | undefined> {
  const path = `/dev/loop${number}`;
  // Where /dev is no devtmpfs, devices beyond the first ones have no node yet.
  if (!existsSync(path)) call('mknod', path, path, S_IFBLK | 0o660, deviceNumber(number));
  const handle = await open(path, 'r+');
  try {
    const config = Buffer.alloc(CONFIG_BYTES);
    config.writeUInt32LE(file.fd, 0);
    config.writeUInt32LE(LO_FLAGS_AUTOCLEAR | (directIo ? LO_FLAGS_DIRECT_IO : 0), INFO_OFFSET + INFO_FLAGS);
    const { readBytes, writtenBytes } = await rawCounters(number);
    config.write(`${readBytes} ${writtenBytes}`, INFO_OFFSET + INFO_NAME, NAME_BYTES - 1, 'latin1');
    await callOffThread('ioctl', path, handle.fd, LOOP_CONFIGURE, config);
    return { path, handle };
  } catch (error) {
    await handle.close();
    if (hasErrno(error, 'EBUSY')) return undefined;
    throw error;
  }
}

/** As stat shows it. */
function deviceNumber(number: number): bigint {
  return (BigInt(number >> 8) << 20n) | BigInt((LOOP_MAJOR << 8) | (number & 0xff));
}

/** The loop device's number when `device` (as of stat) is one. */
export function loopNumber(device: number): number | undefined {
  const major = (device >> 8) & 0xfff;
  return major === LOOP_MAJOR ? (device & 0xff) | ((device >> 12) & 0xfff00) : undefined;
}

/** What has been read and written since the device got its present file. */
export async function loopCounters(number: number): Promise<BlockCounters> {
  const now = await rawCounters(number);
  const [readBytes = 0, writtenBytes = 0] = nameOf(number).split(' ').map(Number);
  return {
    readBytes: Math.max(0, now.readBytes - readBytes),
    writtenBytes: Math.max(0, now.writtenBytes - writtenBytes),
  };
}

/** Path of the file behind the device, as the kernel shows it. */
export async function loopBackingFile(number: number): Promise<string> {
  return (await readSysfs(`/sys/dev/block/${LOOP_MAJOR}:${number}/loop/backing_file`)).trim();
}

function nameOf(number: number): string {
  const fd = openSync(`/dev/loop${number}`, 'r');
  try {
    const info = Buffer.alloc(INFO_BYTES);
    if (C.ioctl(fd, LOOP_GET_STATUS64, info) < 0)
      throw errnoError(koffi.errno(), 'ioctl', 'LOOP_GET_STATUS64');
    const name = info.toString('latin1', INFO_NAME, INFO_NAME + NAME_BYTES);
    return name.slice(0, name.indexOf('\0'));
  } finally {
    closeSync(fd);
  }
}

async function rawCounters(number: number): Promise<BlockCounters> {
  const fields = (await readSysfs(`/sys/block/loop${number}/stat`)).trim().split(/\s+/).map(Number);
  return { readBytes: (fields[2] ?? 0) * 512, writtenBytes: (fields[6] ?? 0) * 512 };
}

async function readSysfs(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    throw nodeError(error, path);
  }
}
