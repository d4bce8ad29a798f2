/** The ready file is read by commands, so its form belongs to cli. */
export { type ReadyInfo, writeReadyFile } from '../cli/ready-info.ts';
