/**
 * What a client of EFS says about itself in its certificate, which amazon-efs-utils makes and signs itself for each
 * mount. Nobody vouches for it: an access point is a choice of the client's, no proof of who it is.
 */
import { type DerElement, derElements } from '../der.ts';

export interface ClientCertificate {
  readonly accessPointId?: string;
  /** The file system that the client means to mount. */
  readonly fileSystemId?: string;
}

const EXPLICIT_3 = 0xa3;
const SEQUENCE = 0x30;
const OID = 0x06;
const OCTETS = 0x04;
const UTF8 = 0x0c;
/** Extensions of amazon-efs-utils, 1.3.6.1.4.1.4843.7.<last>, as the encoding of their identifiers. */
const EFS_OID = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xa5, 0x6b, 0x07];
const ACCESS_POINT = 1;
const FILE_SYSTEM = 3;

/** Of a certificate in DER; undefined for bytes that are none. */
export function readClientCertificate(der: Uint8Array): ClientCertificate | undefined {
  const body = inside(inside([{ tag: SEQUENCE, content: der }]), SEQUENCE);
  const parts = inside(body, SEQUENCE);
  if (parts === undefined) return undefined;
  const extensions = inside(inside(parts, EXPLICIT_3) ?? [], SEQUENCE) ?? [];
  const found = new Map<number, string>();
  for (const extension of extensions) {
    const elements = derElements(extension.content) ?? [];
    const which = efsExtension(elements.find(({ tag }) => tag === OID)?.content);
    const value = elements.find(({ tag }) => tag === OCTETS)?.content;
    const text = which === undefined || value === undefined ? undefined : textIn(value);
    if (which !== undefined && text !== undefined) found.set(which, text);
  }
  const [accessPointId, fileSystemId] = [found.get(ACCESS_POINT), found.get(FILE_SYSTEM)];
  return {
    ...(accessPointId !== undefined && { accessPointId }),
    ...(fileSystemId !== undefined && { fileSystemId }),
  };
}

/** What the first element of a tag consists of. */
function inside(elements: readonly DerElement[] | undefined, tag = SEQUENCE) {
  const outer = elements?.find((element) => element.tag === tag);
  return outer === undefined ? undefined : derElements(outer.content);
}

function efsExtension(oid: Uint8Array | undefined): number | undefined {
  if (oid?.length !== EFS_OID.length + 1) return undefined;
  return EFS_OID.every((byte, index) => oid[index] === byte) ? oid[EFS_OID.length] : undefined;
}

/** Ids are ASCII. */
function textIn(value: Uint8Array): string | undefined {
  const [element] = derElements(value) ?? [];
  return element?.tag === UTF8 ? String.fromCharCode(...element.content) : undefined;
}
