/** The kind of setting that names external servers of file systems. */
import { isIPv4 } from 'node:net';
import type { ExternalServer } from '../../agent/file-systems/external-server.ts';
import { type Kind, Problem } from './kinds.ts';

const FORM = /^(fs-[0-9a-f]{8,40})=([A-Za-z0-9.-]+):(\/[^\s,]*)$/;
const NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** `FS-ID=HOST:/PATH`. */
export const fileSystemServer: Kind<ExternalServer> = {
  placeholder: 'FS-ID=HOST:/PATH',
  read(value) {
    const words = 'must be FS-ID=HOST:/PATH, for example fs-0123456789abcdef0=nas.example:/export/app';
    const [, fileSystemId, host = '', path = ''] = FORM.exec(typeof value === 'string' ? value : '') ?? [];
    const isHost = /^[\d.]+$/.test(host) ? isIPv4(host) : NAME.test(host);
    if (fileSystemId === undefined || !isHost || path.split('/').includes('..')) throw new Problem(words);
    // A loopback address is the machine's own to its agent, and the task's own to the task.
    if (/^(127\.|0\.|localhost$)/i.test(host)) throw new Problem('must name a server that tasks can reach');
    return { fileSystemId, host, path };
  },
};
