import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinedPieces, piecesOf } from './body-pieces.ts';

const pieces = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));
const texts = (all: Iterable<Buffer>): string[] => Array.from(all, String);

describe('A body in pieces', () => {
  it('comes in pieces of one length, whatever lengths it had', () => {
    assert.deepEqual(texts(piecesOf(pieces('a', '', 'bcdefgh', 'ij', 'k'), 3)), ['abc', 'def', 'ghi', 'jk']);
    assert.deepEqual(texts(piecesOf(pieces('abc', 'def'), 3)), ['abc', 'def']);
    assert.deepEqual(texts(piecesOf([], 3)), []);
  });

  it('has short neighbours joined, long pieces as they are', () => {
    const long = Buffer.from('long piece');
    const all = [...joinedPieces([...pieces('a', 'b', 'cd'), long, ...pieces('', 'e')], 3)];
    assert.deepEqual(texts(all), ['ab', 'cd', 'long piece', 'e']);
    assert.equal(all[2], long);
    assert.deepEqual(texts(joinedPieces(pieces('', ''), 3)), []);
  });
});
