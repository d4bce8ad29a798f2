/** How a member of a structure is called on the wire, in requests and in answers. */
import type { MemberShape } from '../shape.ts';

/** In a request: EC2's own name, or the XML name with a capital. */
export function requestName({ name, traits }: MemberShape): string {
  const own = traits['ec2QueryName'];
  if (typeof own === 'string') return own;
  const plain = answerName({ name, traits });
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** In an answer: the name of its XML element. */
export function answerName({ name, traits }: Pick<MemberShape, 'name' | 'traits'>): string {
  return typeof traits['xmlName'] === 'string' ? traits['xmlName'] : name;
}
